/** What must hold of the ledger after a crash and a restart: each check answers what offends against it. */
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { type RecordDetail, recordTypes } from '../../src/store/ledger-store.ts';
import { decodeDetail } from '../../src/store/record-detail.ts';
import { databaseFileName } from '../../src/store/sqlite/open.ts';
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

type Row = Record<string, SQLOutputValue>;

/** The database of a gateway, read beside it. */
export class Book {
  readonly #database: DatabaseSync;

  constructor(dir: string) {
    this.#database = new DatabaseSync(join(dir, databaseFileName), { readOnly: true, timeout: 10_000 });
  }

  close(): void {
    this.#database.close();
  }

  rows(sql: string, ...values: readonly (string | number)[]): readonly Row[] {
    return this.#database.prepare(sql).all(...values);
  }

  newestId(): number {
    return Number(this.rows('SELECT coalesce(max(id), 0) AS id FROM records')[0]?.id);
  }

  /** All records of requests. */
  records(): readonly Recorded[] {
    return this.rows('SELECT * FROM records WHERE type <> ?', recordTypes.topup).map((row) => ({
      requestId: String(row.request_id),
      type: Number(row.type),
      accountId: Number(row.account_id),
      keyId: Number(row.key_id),
      units: Number(row.units),
      detail: decodeDetail(String(row.detail)),
    }));
  }
}

const tokensOf = (detail: RecordDetail): Tokens => ({
  input: detail.inputTokens,
  cached: detail.cachedTokens,
  written: detail.cacheWriteTokens,
  output: detail.outputTokens,
  reasoning: detail.reasoningTokens,
});

/** The rule where no tokenizer fits: a token for every four bytes begun. */
const tokensOfText = (text: string) => Math.ceil(Buffer.byteLength(text) / 4);

/** Whether a record says what the client had. */
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

/** Whatever belongs to one thing more than once. */
export function doublesAmong(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.filter((name) => name !== '' && (seen.has(name) || !seen.add(name)));
}

/** Each gives a row for whatever is not as it should be. */
const laws: Readonly<Record<string, string>> = {
  'a reservation is left': 'SELECT * FROM reservations',
  'a key holds something': 'SELECT id, reserved FROM keys WHERE reserved <> 0',
  'a record has units that nobody was charged': `SELECT request_id, type, units FROM records
    WHERE type NOT IN (1, 2) AND units <> 0`,
  'an account holds something': 'SELECT id, reserved FROM accounts WHERE reserved <> 0',
  'a key has used what its records do not say': `SELECT id, used_quota, (SELECT coalesce(sum(units), 0)
    FROM records WHERE key_id = keys.id AND type = 2) AS recorded FROM keys WHERE used_quota <> recorded`,
  'an account has used what its records do not say': `SELECT id, used_quota, (SELECT coalesce(sum(units), 0)
    FROM records WHERE account_id = accounts.id AND type = 2) AS recorded FROM accounts
    WHERE used_quota <> recorded`,
  'an account has another number of requests': `SELECT id, request_count, (SELECT count(*)
    FROM records WHERE account_id = accounts.id AND type = 2) AS recorded FROM accounts
    WHERE request_count <> recorded`,
  'a key has another balance than its journal less what was drawn': `SELECT id, remain_quota,
    (SELECT coalesce(sum(units), 0) FROM journal WHERE key_id = keys.id) - (SELECT coalesce(sum(units), 0)
    FROM records WHERE key_id = keys.id AND type = 2 AND drawn & 1) AS computed FROM keys
    WHERE remain_quota <> computed`,
  'an account has another balance than its journal less what was drawn': `SELECT id, quota,
    (SELECT coalesce(sum(units), 0) FROM journal WHERE key_id = 0 AND account_id = accounts.id)
    - (SELECT coalesce(sum(units), 0) FROM records WHERE account_id = accounts.id AND type = 2 AND drawn & 2)
    AS computed FROM accounts WHERE quota <> computed`,
  'a key is overdrawn': 'SELECT id, remain_quota FROM keys WHERE NOT unlimited_quota AND remain_quota < 0',
  'an account is overdrawn': 'SELECT id, quota FROM accounts WHERE NOT unlimited_quota AND quota < 0',
  'the budget of a key is overspent': 'SELECT id, budget_used FROM keys WHERE budget_used > budget_units',
  'the budget of an account is overspent':
    'SELECT id, budget_used FROM accounts WHERE budget_used > budget_units',
  'hours do not come to what records do': `SELECT * FROM (SELECT account_id, sum(units) AS units,
    sum(requests) AS requests FROM hourly GROUP BY 1) AS hours JOIN accounts ON accounts.id = account_id
    WHERE units <> used_quota OR requests <> request_count`,
  'a top-up has no record, or a record has no top-up': `SELECT accounts.id FROM accounts WHERE
    (SELECT coalesce(sum(units), 0) FROM journal WHERE kind = 'topup' AND account_id = accounts.id) <>
    (SELECT coalesce(sum(units), 0) FROM records WHERE type = 1 AND account_id = accounts.id)`,
};

export function faultsOfTotals(book: Book): readonly string[] {
  return Object.entries(laws).flatMap(([what, sql]) =>
    book.rows(sql).map((row) => `${what}: ${JSON.stringify(row)}`),
  );
}

/** What was confirmed is there; what was not, is there wholly or not at all. */
export function faultsOfChanges(
  book: Book,
  changes: Changes,
  small: { readonly id: number },
): readonly string[] {
  const faults = [...changes.faults];
  const there = (id: number) => book.rows('SELECT 1 FROM keys WHERE id = ?', id).length > 0;
  for (const { reference, units, accountId, confirmed } of changes.topups) {
    const rows = book.rows('SELECT * FROM journal WHERE reference = ?', reference);
    const fits = rows.every((row) => row.units === units && row.account_id === accountId);
    if (!fits || rows.length > 1 || (confirmed && rows.length === 0)) {
      faults.push(`top-up ${reference} (${confirmed ? 'confirmed' : 'cut'}): ${JSON.stringify(rows)}`);
    }
  }
  const deletedIds = new Set(changes.deletions.map(({ key }) => key.id));
  for (const { key, confirmed } of changes.deletions) {
    if (confirmed && there(key.id)) faults.push(`key ${key.id} is back after its deletion`);
  }
  for (const { id } of changes.created) {
    if (!deletedIds.has(id) && !there(id)) faults.push(`key ${id} is lost`);
  }
  const sure = changes.namings.findLastIndex(({ confirmed }) => confirmed);
  const possible = changes.namings.slice(Math.max(sure, 0)).map(({ name }) => name);
  const name = String(book.rows('SELECT name FROM keys WHERE id = ?', small.id)[0]?.name);
  if (sure !== -1 && !possible.includes(name)) {
    faults.push(`key ${small.id} is named ${name}, but was confirmed as ${possible[0]}`);
  }
  return faults;
}
