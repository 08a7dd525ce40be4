/** `/api/user/self/stats`: compares this month's usage with last month's. */
import { z } from 'zod';
import type { HourlyRow } from '../../store/ledger-store.ts';
import type { AccountRow } from '../../store/store.ts';
import { secondsPerDay, startOfMonth } from '../days.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { usdOf } from '../money.ts';
import { success } from '../response.ts';
import { nowSeconds } from '../services.ts';

const statsSchema = z.object({
  month_req_count: z.int().describe('Requests of this calendar month (UTC), failed ones included.'),
  req_rate: z
    .number()
    .describe('Growth in percent compared with the same part of the month before; 0 without earlier usage.'),
  month_usage: z.number().describe('USD.'),
  usage_rate: z.number().describe('As `req_rate`, of `month_usage`.'),
  month_success_rate: z.number().describe('Percentage of the requests; 100 without requests.'),
  predicted_days: z
    .number()
    .describe('Estimated days until the balance is used up at the rate of this month; -1 = no estimate.'),
});

type Sums = Pick<HourlyRow, 'requests' | 'errors' | 'units'>;
const nothing: Sums = { requests: 0, errors: 0, units: 0 };

export const statsEndpoint: Endpoint = accountEndpoint({
  method: 'GET',
  path: '/api/user/self/stats',
  access: 'account',
  summary: 'Get the statistics of your usage this month',
  data: statsSchema,
  async handle({ services, account }) {
    const now = nowSeconds(services);
    const [start, before] = [startOfMonth(now, 0), startOfMonth(now, -1)];
    const sumsOf = async (from: number, to: number) =>
      (await services.reads.listHourly({ accountId: account.id, from, to, by: [] }))[0] ?? nothing;
    const month = await sumsOf(start, now);
    const last = await sumsOf(before, Math.min(before + (now - start), start - 1));
    return success(statsOf(account, month, last, (now - start) / secondsPerDay));
  },
});

/** No number is null or infinite: clients print them directly. */
function statsOf(account: AccountRow, month: Sums, last: Sums, days: number): z.infer<typeof statsSchema> {
  const requests = month.requests + month.errors;
  return {
    month_req_count: requests,
    req_rate: growth(requests, last.requests + last.errors),
    month_usage: usdOf(month.units),
    usage_rate: growth(month.units, last.units),
    month_success_rate: requests === 0 ? 100 : rounded((month.requests / requests) * 100),
    predicted_days: account.unlimitedQuota ? -1 : daysLeft(account.quota, month.units, days),
  };
}

function growth(now: number, before: number): number {
  return before === 0 ? 0 : rounded(((now - before) / before) * 100);
}

function daysLeft(quota: number, used: number, days: number): number {
  if (quota <= 0) return 0;
  // The first hours of a month are too short for an estimate.
  return used <= 0 ? -1 : rounded((quota / used) * Math.max(days, 1));
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
