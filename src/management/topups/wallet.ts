/** `/api/user/self/wallet`: the balance of an account, what it is made of, and how long it lasts. */
import { z } from 'zod';
import { hourSeconds } from '../../domain/accounting/hourly.ts';
import type { HourlyRow } from '../../store/ledger-store.ts';
import { secondsPerDay } from '../days.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import { nowSeconds } from '../services.ts';

const units = z.int().describe('Units; 500,000 units = 1 USD.');

const walletSchema = z.object({
  quota: units.describe(
    'The balance: `added_quota` minus `charged_quota`. It includes the reservations of running requests.',
  ),
  unlimited_quota: z
    .boolean()
    .describe('Whether the account is unlimited, so that the balance limits nothing.'),
  reserved_quota: units.describe('What running requests have set aside.'),
  added_quota: units.describe('The sum of all entries of the journal.'),
  charged_quota: units.describe('What requests were charged to the balance.'),
  used_quota: units.describe(
    'The total cost of requests, including those that were not charged to the balance.',
  ),
  spent: z
    .object({ hours_24: units, days_7: units, days_30: units })
    .describe('The recent cost of requests, by whole hours that end now.'),
  forecast: z
    .object({
      per_day: z.number().describe('Units a day, on average.'),
      days: z.number().describe('Days on which that is based: up to 7, fewer where spending began later.'),
      days_left: z.number(),
      ends_at: z.int().describe('When the balance is used up at that rate, in seconds since 1970.'),
    })
    .nullable()
    .describe(
      'Null without a limit, without spending in the last 7 days, and when it ends in more than 10 years.',
    ),
});

type Wallet = z.infer<typeof walletSchema>;
type Hour = Pick<HourlyRow, 'hour' | 'units'>;

const forecastDays = 7;
const daysLeftMax = 3650;

function spentSince(hours: readonly Hour[], since: number): number {
  return hours.filter(({ hour }) => hour + hourSeconds > since).reduce((sum, each) => sum + each.units, 0);
}

/** @param hours with spending, in their order */
export function forecastOf(quota: number, hours: readonly Hour[], now: number): Wallet['forecast'] {
  const recent = hours.filter(
    ({ hour, units: spent }) => spent > 0 && hour + hourSeconds > now - forecastDays * secondsPerDay,
  );
  const [first] = recent;
  if (!first) return null;
  // Less than a day says little about a day.
  const days = Math.min(Math.max((now - first.hour) / secondsPerDay, 1), forecastDays);
  const perDay = spentSince(recent, 0) / days;
  const daysLeft = Math.max(quota, 0) / perDay;
  if (daysLeft > daysLeftMax) return null;
  return {
    per_day: Math.round(perDay * 100) / 100,
    days: Math.round(days * 100) / 100,
    days_left: Math.round(daysLeft * 100) / 100,
    ends_at: Math.round(now + daysLeft * secondsPerDay),
  };
}

export const walletEndpoint: Endpoint = accountEndpoint({
  method: 'GET',
  path: '/api/user/self/wallet',
  access: 'account',
  summary: 'Get your balance, its parts, and how long it lasts',
  data: walletSchema,
  async handle({ services, account }) {
    const now = nowSeconds(services);
    const since = (days: number) => now - days * secondsPerDay;
    const query = { accountId: account.id, from: since(30), to: now, by: ['hour'] } as const;
    const hours = await services.reads.listHourly(query);
    const added = await services.reads.sumBalanceEntries(account.id);
    const wallet: Wallet = {
      quota: account.quota,
      unlimited_quota: account.unlimitedQuota,
      reserved_quota: account.reserved,
      added_quota: added,
      charged_quota: added - account.quota,
      used_quota: account.usedQuota,
      spent: {
        hours_24: spentSince(hours, since(1)),
        days_7: spentSince(hours, since(7)),
        days_30: spentSince(hours, since(30)),
      },
      forecast: account.unlimitedQuota ? null : forecastOf(account.quota, hours, now),
    };
    return success(wallet);
  },
});
