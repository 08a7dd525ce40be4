/** Checks of the ledger after a crash and a restart. Each returns the violations. */

import { recordTypes } from '../../src/domain/accounting/terms.ts';
import type { RecordDetail } from '../../src/store/ledger-store.ts';
import { decodeDetail } from '../../src/store/record-detail.ts';
import type { OpenDatabase } from '../support/database.ts';
import type { Whole } from './load.ts';
import type { Changes } from './operator.ts';
import type { Tokens } from './plan.ts';
import { costOf } from './tariff.ts';

export interface Recorded {
  readonly requestId: string;
  readonly type: number;
  readonly accountId: number;
  readonly keyId: number;
  readonly units: number;
  readonly detail: RecordDetail;
}

/** Returns all request records. */
export async function recordsOf(book: OpenDatabase): Promise<readonly Recorded[]> {
  const rows = await book.rows('SELECT * FROM records WHERE type <> $1', recordTypes.topup);
  return rows.map((row) => ({
    requestId: String(row.request_id),
    type: Number(row.type),
    accountId: Number(row.account_id),
    keyId: Number(row.key_id),
    units: Number(row.units),
    detail: decodeDetail(String(row.detail)),
  }));
}

const tokensOf = (detail: RecordDetail): Tokens => ({
  input: detail.inputTokens,
  cached: detail.cachedTokens,
  written: detail.cacheWriteTokens,
  output: detail.outputTokens,
  reasoning: detail.reasoningTokens,
});

/** The estimate without a tokenizer: one token for every four bytes, rounded up. */
const tokensOfText = (text: string) => Math.ceil(Buffer.byteLength(text) / 4);

/** Compares a record with what the client received. */
export function faultsOfRecord(whole: Whole, record: Recorded): readonly string[] {
  const { kind, key, answer, used } = whole;
  const { detail } = record;
  const stored = tokensOf(detail);
  const expected: Tokens = used ?? {
    input: stored.input,
    cached: 0,
    written: 0,
    output: tokensOfText(answer.text),
    reasoning: 0,
  };
  const units = costOf(kind, expected, key.owner.group);
  const checks: readonly (readonly [string, unknown, unknown])[] = [
    ['type', record.type, recordTypes.consume],
    ['account', record.accountId, key.owner.id],
    ['key', record.keyId, key.id],
    ['estimated', detail.estimated, used === undefined],
    ['input is known', stored.input > 0, true],
    ['tokens', JSON.stringify(stored), JSON.stringify(expected)],
    ['units', record.units, units],
    ['upstream id', detail.responseId, answer.responseId],
  ];
  return checks
    .filter(([, is, should]) => is !== should)
    .map(([what, is, should]) => `${kind} ${whole.requestId}: ${what} is ${is}, should be ${should}`);
}

/** Returns names that occur more than once. */
export function doublesAmong(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.filter((name) => name !== '' && (seen.has(name) || !seen.add(name)));
}

/** Selects the totals of all keys or accounts that differ from the computed ones. */
const totals = (table: 'keys' | 'accounts', column: string, computed: string) =>
  `SELECT * FROM (SELECT id, ${column} AS stored, ${computed} AS computed FROM ${table}) AS totals
    WHERE stored <> computed`;
const sumOf = (table: 'records' | 'journal', where: string) =>
  `(SELECT coalesce(sum(units), 0) FROM ${table} WHERE ${where})`;
const ofKey = 'key_id = keys.id';
const ofAccount = 'account_id = accounts.id';

/** Each query returns a row for each violation. */
const laws: Readonly<Record<string, string>> = {
  'a reservation is left': 'SELECT * FROM reservations',
  'a key holds something': 'SELECT id, reserved FROM keys WHERE reserved <> 0',
  'a record has units that nobody was charged': `SELECT request_id, type, units FROM records
    WHERE type NOT IN (1, 2) AND units <> 0`,
  'an account holds something': 'SELECT id, reserved FROM accounts WHERE reserved <> 0',
  'a key has used what its records do not say': totals(
    'keys',
    'used_quota',
    sumOf('records', `${ofKey} AND type = 2`),
  ),
  'an account has used what its records do not say': totals(
    'accounts',
    'used_quota',
    sumOf('records', `${ofAccount} AND type = 2`),
  ),
  'an account has another number of requests': totals(
    'accounts',
    'request_count',
    `(SELECT count(*) FROM records WHERE ${ofAccount} AND type = 2)`,
  ),
  'a key has another balance than its journal less what was drawn': totals(
    'keys',
    'remain_quota',
    `${sumOf('journal', ofKey)} - ${sumOf('records', `${ofKey} AND type = 2 AND drawn & 1 <> 0`)}`,
  ),
  'an account has another balance than its journal less what was drawn': totals(
    'accounts',
    'quota',
    `${sumOf('journal', `key_id = 0 AND ${ofAccount}`)}
      - ${sumOf('records', `${ofAccount} AND type = 2 AND drawn & 2 <> 0`)}`,
  ),
  'a key is overdrawn': 'SELECT id, remain_quota FROM keys WHERE NOT unlimited_quota AND remain_quota < 0',
  'an account is overdrawn': 'SELECT id, quota FROM accounts WHERE NOT unlimited_quota AND quota < 0',
  'the budget of a key is overspent': 'SELECT id, budget_used FROM keys WHERE budget_used > budget_units',
  'the budget of an account is overspent':
    'SELECT id, budget_used FROM accounts WHERE budget_used > budget_units',
  'hours do not come to what records do': `SELECT hours.* FROM (SELECT account_id, sum(units) AS units,
    sum(requests) AS requests FROM hourly GROUP BY 1) AS hours JOIN accounts ON accounts.id = account_id
    WHERE units <> used_quota OR requests <> request_count`,
  'a top-up has no record, or a record has no top-up': `SELECT accounts.id FROM accounts WHERE
    ${sumOf('journal', `kind = 'topup' AND ${ofAccount}`)} <> ${sumOf('records', `type = 1 AND ${ofAccount}`)}`,
};

export async function faultsOfTotals(book: OpenDatabase): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [what, sql] of Object.entries(laws)) {
    for (const row of await book.rows(sql)) faults.push(`${what}: ${JSON.stringify(row)}`);
  }
  return faults;
}

/** A confirmed change must be present. An unconfirmed one must be present completely or not at all. */
export async function faultsOfChanges(
  book: OpenDatabase,
  changes: Changes,
  small: { readonly id: number },
): Promise<readonly string[]> {
  const faults = [...changes.faults];
  const names = new Map(
    (await book.rows('SELECT id, name FROM keys')).map(({ id, name }) => [id, String(name)]),
  );
  for (const { reference, units, accountId, confirmed } of changes.topups) {
    const rows = await book.rows('SELECT * FROM journal WHERE reference = $1', reference);
    const fits = rows.every((row) => row.units === units && row.account_id === accountId);
    if (!fits || rows.length > 1 || (confirmed && rows.length === 0)) {
      faults.push(`top-up ${reference} (${confirmed ? 'confirmed' : 'cut'}): ${JSON.stringify(rows)}`);
    }
  }
  const deletedIds = new Set(changes.deletions.map(({ key }) => key.id));
  for (const { key, confirmed } of changes.deletions) {
    if (confirmed && names.has(key.id)) faults.push(`key ${key.id} is back after its deletion`);
  }
  for (const { id } of changes.created) {
    if (!deletedIds.has(id) && !names.has(id)) faults.push(`key ${id} is lost`);
  }
  const sure = changes.namings.findLastIndex(({ confirmed }) => confirmed);
  const possible = changes.namings.slice(Math.max(sure, 0)).map(({ name }) => name);
  const name = names.get(small.id) ?? 'nothing';
  if (sure !== -1 && !possible.includes(name)) {
    faults.push(`key ${small.id} is named ${name}, but was confirmed as ${possible[0]}`);
  }
  return faults;
}
