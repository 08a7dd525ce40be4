/** Top-ups and balance entries. */
import { z } from 'zod';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { BalanceEntry } from '../../store/ledger-store.ts';
import { accountMeant, accountParameters } from '../data/span.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { readTimes, textOf } from '../logs/filter.ts';
import { unitsOfUsd, usdOf, usdRule } from '../money.ts';
import { pageOf, pageParameters, pageRecord, readPage } from '../paging.ts';
import { choiceParameter, numberParameter } from '../query-parameters.ts';
import { success } from '../response.ts';
import { nowSeconds, type Services } from '../services.ts';
import { lineField } from '../text-fields.ts';
import { managedAccount } from '../users/administration.ts';
import { fieldError } from '../validate.ts';
import { walletEndpoint } from './wallet.ts';

const topupRecordSchema = z.object({
  id: z.int(),
  user_id: z.int(),
  username: z.string().describe('Empty when the account is gone.'),
  email: z.string(),
  quota: z.int().describe('Units; negative = subtracted.'),
  money: z.number().describe('USD.'),
  reason: z.string(),
  admin_id: z.int().describe('Who did it.'),
  trade_no: z.string(),
  payment_intent_id: z.string().describe('Always empty, since Halley processes no payments.'),
  payment_channel: z.literal('admin'),
  create_time: z.int().describe('Seconds since 1970.'),
  status: z.literal('success'),
});

const entryKinds = ['opening', 'topup', 'set'] as const satisfies BalanceEntry['kind'][];

const entrySchema = z.object({
  id: z.int(),
  user_id: z.int(),
  kind: z
    .enum(entryKinds)
    .describe(
      '`opening`: the initial balance; `topup`: an amount added or subtracted; `set`: the difference to a balance that was set.',
    ),
  quota: z.int().describe('Units; may be negative.'),
  reason: z.string(),
  admin_id: z.int().describe('The account that made the change; 0 = the gateway.'),
  trade_no: z.string(),
  created_at: z.int(),
});

const usd = {
  minimum: -limits.quota_units_max / limits.quota_units_per_usd,
  maximum: limits.quota_units_max / limits.quota_units_per_usd,
  multipleOf: 1 / limits.quota_units_per_usd,
  not: { const: 0 },
};

/** `unitsOf` requires one of the two amounts. */
const topupSchema = z
  .strictObject({
    user_id: z.int().positive(),
    quota: z
      .int()
      .min(-limits.quota_units_max)
      .max(limits.quota_units_max)
      .meta({ not: { const: 0 } })
      .optional()
      .describe('Units to add; negative = subtract. Instead of `money`.'),
    money: z
      .union([z.string().meta({ format: 'usd' }), z.number().meta(usd)])
      .optional()
      .describe('USD to add, in decimal. Instead of `quota`.'),
    reason: lineField(limits.topup_reason_chars_max, 1).describe('Reason; stored in the journal.'),
    trade_no: lineField(limits.topup_reference_chars_max, 1)
      .optional()
      .describe(
        'Your own reference number. Each number is accepted once, so that it is safe to repeat the call.',
      ),
  })
  .meta({ oneOf: [{ required: ['quota'] }, { required: ['money'] }] });

type TopupInput = z.infer<typeof topupSchema>;

function unitsOf({ quota, money }: TopupInput): number {
  if ((quota === undefined) === (money === undefined)) {
    throw fieldError('quota', 'or "money" must be sent, and only one of them');
  }
  const units = quota ?? unitsOfUsd(String(money));
  if (units === undefined) throw fieldError('money', usdRule);
  if (units === 0) throw fieldError(quota === undefined ? 'money' : 'quota', 'must not be 0');
  return units;
}

async function topupRecord(
  { store }: Services,
  entry: BalanceEntry,
): Promise<z.infer<typeof topupRecordSchema>> {
  const account = await store.getAccount(entry.accountId);
  return {
    id: entry.id,
    user_id: entry.accountId,
    username: account?.username ?? '',
    email: account?.email ?? '',
    quota: entry.units,
    money: usdOf(entry.units),
    reason: entry.reason,
    admin_id: entry.actorId,
    trade_no: entry.reference ?? '',
    payment_intent_id: '',
    payment_channel: 'admin',
    create_time: entry.createdAt,
    status: 'success',
  };
}

function entryRecord(entry: BalanceEntry): z.infer<typeof entrySchema> {
  return {
    id: entry.id,
    user_id: entry.accountId,
    kind: entry.kind,
    quota: entry.units,
    reason: entry.reason,
    admin_id: entry.actorId,
    trade_no: entry.reference ?? '',
    created_at: entry.createdAt,
  };
}

const topUp = accountEndpoint({
  method: 'POST',
  path: '/api/user/topup',
  access: 'admin',
  summary: 'Add to the quota of an account, or subtract from it',
  description: 'Changes the present balance, also while requests are in flight.',
  body: topupSchema,
  data: topupRecordSchema,
  async handle({ services, account: actor, body }) {
    const units = unitsOf(body);
    const target = await managedAccount(services, actor, body.user_id);
    const entry = await services.accessChanges.topUp({
      accountId: target.id,
      units,
      reason: body.reason,
      actorId: actor.id,
      reference: body.trade_no ?? null,
      createdAt: nowSeconds(services),
      requestId: `topup-${Buffer.from(services.random(16)).toString('hex')}`,
    });
    if (entry === 'beyond_limit') {
      throw fieldError('quota', 'would exceed the largest quota that an account can have');
    }
    if (entry === 'no_account') throw new HalleyError('no_such_record');
    if (entry === 'reference_taken') {
      throw new HalleyError('refused', { message: 'There is a top-up with this trade_no already.' });
    }
    return success(await topupRecord(services, entry));
  },
});

const list = accountEndpoint({
  method: 'GET',
  path: '/api/user/topup',
  access: 'admin',
  summary: 'List top-ups',
  description: 'Newest first.',
  query: {
    ...accountParameters,
    email: 'Only of accounts with this address.',
    trade_no: 'Only the one with this number.',
    payment_intent_id: 'Top-ups have none, so nothing is found.',
    start_time: numberParameter('Seconds since 1970, inclusive.', ['start_timestamp']),
    end_time: numberParameter('Seconds since 1970, inclusive.', ['end_timestamp']),
    ...pageParameters,
  },
  data: pageOf(topupRecordSchema),
  async handle({ services, request: { query } }) {
    const page = readPage(query);
    if (query.get('payment_intent_id')) {
      return success(pageRecord(page, { total: 0, items: [] }, () => undefined));
    }
    const accountId = await accountMeant(services, query);
    const [email, reference] = [textOf(query, 'email'), textOf(query, 'trade_no')];
    const wanted = { accountId, kind: 'topup', email, reference, ...readTimes(query) } as const;
    const found = await services.reads.listBalanceEntries(wanted, page);
    const items = await Promise.all(found.items.map((entry) => topupRecord(services, entry)));
    return success(pageRecord(page, { total: found.total, items }, (record) => record));
  },
});

const journal = accountEndpoint({
  method: 'GET',
  path: '/api/user/journal',
  access: 'admin',
  summary: 'List the journal of balances',
  description:
    'Newest first. The balance of an account is the sum of its entries minus the charges of its requests.',
  query: { ...accountParameters, ...pageParameters },
  data: pageOf(entrySchema),
  async handle({ services, request: { query } }) {
    const page = readPage(query);
    const accountId = await accountMeant(services, query);
    return success(
      pageRecord(page, await services.reads.listBalanceEntries({ accountId }, page), entryRecord),
    );
  },
});

const ownJournal = accountEndpoint({
  method: 'GET',
  path: '/api/user/self/journal',
  access: 'account',
  summary: 'List the journal of your balance',
  description: 'Newest first.',
  query: {
    kind: choiceParameter('Only entries of this kind.', entryKinds),
    ...pageParameters,
  },
  data: pageOf(entrySchema),
  async handle({ services, account, request }) {
    const page = readPage(request.query);
    const kind = entryKinds.find((known) => known === request.query.get('kind'));
    const found = await services.reads.listBalanceEntries({ accountId: account.id, kind }, page);
    return success(pageRecord(page, found, entryRecord));
  },
});

export const topupEndpoints: readonly Endpoint[] = [topUp, list, journal, ownJournal, walletEndpoint];
