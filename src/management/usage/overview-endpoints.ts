/** `/api/usage/overview`: what the first page of the console shows, for an account and for administrators. */
import { z } from 'zod';
import { quarterOf, quarterSeconds } from '../../domain/accounting/quarters.ts';
import { startOfZonedDay } from '../../domain/usage-buckets.ts';
import type { UsageFilter } from '../../store/usage-store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { fleetState } from '../fleet/endpoints.ts';
import { success } from '../response.ts';
import { nowSeconds, type Services } from '../services.ts';
import { balanceOf, balanceSchema, budgetSchema, budgetsNear, forecastDays } from './balance.ts';
import { channelHealth, channelHealthSchema } from './channels.ts';
import { zoneOf, zoneParameter } from './parameters.ts';
import { daySchema, periodSchema, readPeriods } from './periods.ts';
import { topOf, topSchema } from './top.ts';

/** Days that the highest models, keys and accounts are those of. */
const topDays = 7;

const highest = `The highest charges of the last ${topDays} days, today included.`;

const commonSchema = z.object({
  time_zone: z.string(),
  now: z.int().describe('Seconds since 1970.'),
  periods: z.array(periodSchema).describe('Today, 7 days and 30 days, today included.'),
  days: z.array(daySchema).describe('The last 30 days, oldest first; the last is today.'),
  top_models: z.array(topSchema).describe(highest),
  top_keys: z.array(topSchema).describe(highest),
});

const ownSchema = commonSchema.extend({
  balance: balanceSchema,
  budgets: z
    .array(budgetSchema)
    .describe('Budgets of the account and its keys that are near their limit, the nearest first.'),
  budgets_complete: z.boolean().describe('Whether all keys with a budget were looked at.'),
  keys: z.int().describe('How many keys the account has.'),
});

const allSchema = commonSchema.extend({
  top_accounts: z.array(topSchema).describe(highest),
  channels: z.array(channelHealthSchema).describe('On the node that responds; those with problems first.'),
  fleet: z.object({
    mode: z.enum(['embedded', 'fleet']),
    nodes: z.int(),
    well: z.int(),
    behind: z.int().describe('Alive, with changes that they have not acknowledged yet.'),
    silent: z.int().describe('Not heard of for longer than a lease: they serve nothing.'),
  }),
});

interface Scope {
  readonly filter: UsageFilter;
  readonly now: number;
  readonly timeZone: string;
  readonly isForAdmin: boolean;
}

const topSpan = ({ now, timeZone }: Scope) => ({
  start: startOfZonedDay(now, timeZone, topDays - 1),
  end: quarterOf(now) + quarterSeconds,
});

async function common(services: Services, scope: Scope): Promise<z.infer<typeof commonSchema>> {
  const { filter, now, timeZone, isForAdmin } = scope;
  const { periods, days } = await readPeriods(services, filter, now, timeZone);
  return {
    time_zone: timeZone,
    now,
    periods,
    days,
    top_models: await topOf(services, filter, topSpan(scope), 'model', isForAdmin),
    top_keys: await topOf(services, filter, topSpan(scope), 'keyId', isForAdmin),
  };
}

const query = { time_zone: zoneParameter } as const;

const own = accountEndpoint({
  method: 'GET',
  path: '/api/usage/overview/self',
  access: 'account',
  summary: 'Get an overview of your usage, balance and budgets',
  query,
  data: ownSchema,
  async handle({ services, account, request }) {
    const now = nowSeconds(services);
    const timeZone = zoneOf(services, request.query);
    const shown = await common(services, {
      filter: { accountId: account.id },
      now,
      timeZone,
      isForAdmin: false,
    });
    const wholeDays = shown.days.slice(-1 - forecastDays, -1);
    const near = await budgetsNear(services, account, now);
    const data: z.infer<typeof ownSchema> = {
      ...shown,
      balance: balanceOf(
        account,
        wholeDays.reduce((sum, { quota }) => sum + quota, 0),
      ),
      budgets: near.items,
      budgets_complete: near.isComplete,
      keys: await services.store.countKeys(account.id),
    };
    return success(data);
  },
});

const all = accountEndpoint({
  method: 'GET',
  path: '/api/usage/overview',
  access: 'admin',
  summary: 'Get an overview of the usage of accounts, channels and nodes',
  description: 'Administrators see their own account and those of lower roles.',
  query,
  data: allSchema,
  async handle({ services, account, request }) {
    const filter = { seenBy: { id: account.id, role: account.role } };
    const timeZone = zoneOf(services, request.query);
    const scope = { filter, now: nowSeconds(services), timeZone, isForAdmin: true };
    const data: z.infer<typeof allSchema> = {
      ...(await common(services, scope)),
      top_accounts: await topOf(services, filter, topSpan(scope), 'accountId', true),
      channels: await channelHealth(services),
      fleet: await fleetSummary(services),
    };
    return success(data);
  },
});

async function fleetSummary(services: Services): Promise<z.infer<typeof allSchema>['fleet']> {
  const { mode, nodes } = await fleetState(services);
  const count = (state: (typeof nodes)[number]['state']) =>
    nodes.filter((node) => node.state === state).length;
  return { mode, nodes: nodes.length, well: count('well'), behind: count('behind'), silent: count('silent') };
}

export const overviewEndpoints: readonly Endpoint[] = [own, all];
