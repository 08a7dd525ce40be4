/**
 * Reservations and settlements in PostgreSQL. What no budget concerns, and what fits, is done by functions in the
 * database, in one round trip. The rest is judged here by the draft that all engines share, on rows that are
 * locked before and written after it, a few statements for a whole batch.
 */
import {
  chargedTo,
  type Holder,
  LedgerBatch,
  type LedgerPort,
  reserveOne,
  safeMax,
  settleOne,
  storedAlert,
} from '../../domain/accounting/ledger-batch.ts';
import type { BudgetAlert, ReservationRequest } from '../../domain/accounting/terms.ts';
import { holderColumns, holderOf } from '../holder-rows.ts';
import type { ReservationResult } from '../ledger-store.ts';
import type { Database, Queryable } from './connection.ts';
import {
  type ReservationOwner,
  reservationJson,
  type SettledRow,
  type SettlementBatch,
} from './ledger-batch.ts';

const holderFields = `id bigint, "left" bigint, used bigint, reserved bigint, "budgetUsed" bigint,
  "budgetStart" bigint, "notifiedPeriod" bigint, "lastUsedAt" bigint`;
const budgetOf = `budget_used = h."budgetUsed", budget_start = h."budgetStart", budget_told = h."notifiedPeriod"`;

// Lists of objects go as JSON, whose members have the names that they have here.
const sql = {
  reservePlain: 'SELECT reserve_plain($1, $2, $3) AS held',
  settlePlain: 'SELECT settle_plain($1, $2) AS judged',
  // Not for their keys: whoever only names an account in a new row need not wait.
  lockAccounts: `SELECT ${holderColumns.account} FROM accounts WHERE id = ANY($1::bigint[]) ORDER BY id
    FOR NO KEY UPDATE`,
  lockKeys: `SELECT ${holderColumns.key} FROM keys WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE`,
  relaxed: "SELECT set_config('synchronous_commit', 'off', true)",
  reserve: `INSERT INTO reservations (request_id, account_id, key_id, units, created_at, node_id, process_id)
    SELECT r."requestId", r."accountId", r."keyId", r.held, r.at, $2, $3
    FROM json_to_recordset($1) AS r("requestId" text, "accountId" bigint, "keyId" bigint, held bigint, at bigint)`,
  unreserve: 'DELETE FROM reservations WHERE request_id = ANY($1::text[]) RETURNING request_id, units',
  record: `INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
    SELECT (e ->> 0), (e ->> 1)::smallint, (e ->> 2)::bigint, (e ->> 3)::bigint, (e ->> 4)::bigint, (e ->> 5),
      (e ->> 6)::bigint, (e ->> 7)::smallint, (e ->> 8)
    FROM jsonb_array_elements($1) WITH ORDINALITY AS element (e, place) ORDER BY place
    ON CONFLICT (request_id) DO NOTHING RETURNING request_id`,
  content: `INSERT INTO contents (request_id, key_id, sealed, expires_at)
    SELECT c."requestId", c."keyId", decode(c.content, 'base64'), c."contentExpiresAt"
    FROM json_to_recordset($1)
      AS c("requestId" text, "keyId" bigint, content text, "contentExpiresAt" bigint)
    ON CONFLICT (request_id) DO NOTHING`,
  writeKeys: `UPDATE keys SET remain_quota = h."left", used_quota = h.used, reserved = h.reserved, ${budgetOf},
    accessed_at = h."lastUsedAt" FROM json_to_recordset($1) AS h(${holderFields}) WHERE keys.id = h.id`,
  writeAccounts: `UPDATE accounts SET quota = h."left", used_quota = h.used, reserved = h.reserved, ${budgetOf},
    request_count = h."lastUsedAt" FROM json_to_recordset($1) AS h(${holderFields}) WHERE accounts.id = h.id`,
  hours: `INSERT INTO hourly (account_id, hour, key_id, model, requests, errors, units, input_tokens, output_tokens)
    SELECT * FROM json_to_recordset($1) AS h("accountId" bigint, hour bigint, "keyId" bigint, model text,
      requests bigint, errors bigint, units bigint, "inputTokens" bigint, "outputTokens" bigint) ORDER BY 1, 2, 3, 4
    ON CONFLICT (account_id, hour, key_id, model) DO UPDATE SET
      requests = hourly.requests + excluded.requests, errors = hourly.errors + excluded.errors,
      units = least(hourly.units + excluded.units, ${safeMax}),
      input_tokens = hourly.input_tokens + excluded.input_tokens,
      output_tokens = hourly.output_tokens + excluded.output_tokens`,
  notices: `INSERT INTO notices (kind, account_id, key_id, name, period, period_start, period_end, used,
      budget_units, threshold_units, created_at, next_attempt_at)
    SELECT n.kind, n."accountId", n."keyId", n.name, n.period, n."periodStart", n."periodEnd", n.used,
      n."budgetUnits", n."thresholdUnits", n."createdAt", n."createdAt"
    FROM json_to_recordset($1) AS n(place bigint, kind text, "accountId" bigint, "keyId" bigint, name text,
      period text, "periodStart" bigint, "periodEnd" bigint, used bigint, "budgetUnits" bigint,
      "thresholdUnits" bigint, "createdAt" bigint) ORDER BY place
    RETURNING id`,
} as const;

/** As `LedgerStore.reserve`. */
export async function reserve(
  db: Database,
  owner: ReservationOwner,
  requests: readonly ReservationRequest[],
): Promise<ReservationResult> {
  const { nodeId, processId } = owner;
  const { held } = await db.call(sql.reservePlain, reservationJson(requests), nodeId, processId);
  if (held === true) return { outcomes: requests.map(() => 'held'), notices: [] };
  return db.transaction((tx) => reserveJudged(tx, owner, requests));
}

async function reserveJudged(
  tx: Queryable,
  { nodeId, processId }: ReservationOwner,
  requests: readonly ReservationRequest[],
): Promise<ReservationResult> {
  const picture = new LockedRows(await lockedHolders(tx, requests));
  const draft = new LedgerBatch(picture);
  const outcomes = requests.map((request) => reserveOne(draft, request));
  const { reservations } = picture;
  if (reservations.length > 0) await tx.run(sql.reserve, JSON.stringify(reservations), nodeId, processId);
  return { outcomes, notices: await write(tx, draft) };
}

/** As `LedgerStore.settle`. */
export async function settle(
  db: Database,
  { rows, json }: SettlementBatch,
  durable: boolean,
): Promise<readonly BudgetAlert[]> {
  const places = (await db.call(sql.settlePlain, json, durable)).judged as readonly number[];
  const judged = places.flatMap((place) => rows[place - 1] ?? []);
  return judged.length === 0 ? [] : db.transaction((tx) => settleJudged(tx, judged, durable));
}

async function settleJudged(
  tx: Queryable,
  rows: readonly SettledRow[],
  durable: boolean,
): Promise<readonly BudgetAlert[]> {
  if (!durable) await tx.run(sql.relaxed);
  const holders = await lockedHolders(tx, rows);
  const picture = new LockedRows(holders);
  picture.ended = await endReservations(tx, rows);
  picture.fresh = await insertRecords(tx, rows, holders);
  const draft = new LedgerBatch(picture);
  for (const row of rows) settleOne(draft, row);
  if (picture.contents.length > 0) await tx.run(sql.content, JSON.stringify(picture.contents));
  return write(tx, draft);
}

interface Holders {
  readonly key: ReadonlyMap<number, Holder>;
  readonly account: ReadonlyMap<number, Holder>;
}

/** Keys and accounts as the last writer left them; nobody else writes them until the transaction ends. */
async function lockedHolders(
  tx: Queryable,
  orders: readonly { readonly accountId: number; readonly keyId: number }[],
): Promise<Holders> {
  const accountIds = [...new Set(orders.map(({ accountId }) => accountId))];
  const keyIds = [...new Set(orders.map(({ keyId }) => keyId))];
  const accounts = await tx.all(sql.lockAccounts, accountIds);
  const keys = await tx.all(sql.lockKeys, keyIds);
  return {
    key: new Map(keys.map((row) => [row.id as number, holderOf('key', row)])),
    account: new Map(accounts.map((row) => [row.id as number, holderOf('account', row)])),
  };
}

/** @returns the units that each of them held */
async function endReservations(tx: Queryable, rows: readonly SettledRow[]): Promise<Map<string, number>> {
  const ids = rows.filter(({ reserved }) => reserved).map(({ requestId }) => requestId);
  const ended = ids.length === 0 ? [] : await tx.all(sql.unreserve, ids);
  return new Map(ended.map(({ request_id, units }) => [request_id as string, units as number]));
}

/** @returns the requests that had no record yet */
async function insertRecords(
  tx: Queryable,
  rows: readonly SettledRow[],
  { key, account }: Holders,
): Promise<Set<string>> {
  const first = new Map<string, SettledRow>();
  for (const row of rows) if (!first.has(row.requestId)) first.set(row.requestId, row);
  const records = [...first.values()].map((row) => {
    const { requestId, type, createdAt, accountId, keyId, model, units, detail } = row;
    const drawn = chargedTo(type, key.get(keyId), account.get(accountId));
    return [requestId, type, createdAt, accountId, keyId, model, units, drawn, detail];
  });
  const written = await tx.all(sql.record, JSON.stringify(records));
  return new Set(written.map(({ request_id }) => request_id as string));
}

/** What was read for a batch before it is judged, and what is to be written for it afterwards. */
class LockedRows implements LedgerPort<SettledRow> {
  readonly reservations: (ReservationRequest & { readonly held: number })[] = [];
  readonly contents: SettledRow[] = [];
  /** Reservations that were removed, by request. */
  ended = new Map<string, number>();
  /** Requests whose record was written by this transaction. */
  fresh = new Set<string>();
  readonly #holders: Holders;

  constructor(holders: Holders) {
    this.#holders = holders;
  }

  holder(kind: Holder['kind'], id: number): Holder | undefined {
    return this.#holders[kind].get(id);
  }

  insertReservation(request: ReservationRequest, held: number): void {
    this.reservations.push({ ...request, held });
  }

  removeReservation(requestId: string): number | undefined {
    const units = this.ended.get(requestId);
    this.ended.delete(requestId);
    return units;
  }

  insertRecord({ requestId }: SettledRow): boolean {
    return this.fresh.delete(requestId);
  }

  insertContent(row: SettledRow): void {
    if (row.content !== null && this.#holders.key.has(row.keyId)) this.contents.push(row);
  }
}

async function write(tx: Queryable, draft: LedgerBatch<SettledRow>): Promise<readonly BudgetAlert[]> {
  const changed = draft.changed();
  for (const [kind, statement] of [
    ['account', sql.writeAccounts],
    ['key', sql.writeKeys],
  ] as const) {
    const holders = changed.filter((holder) => holder.kind === kind);
    if (holders.length > 0) await tx.run(statement, JSON.stringify(holders));
  }
  const hours = [...draft.hours()];
  if (hours.length > 0) await tx.run(sql.hours, JSON.stringify(hours));
  const { notices } = draft;
  if (notices.length === 0) return [];
  const placed = notices.map((notice, place) => ({ ...notice, place }));
  const rows = await tx.all(sql.notices, JSON.stringify(placed));
  return notices.map((notice, at) => storedAlert(notice, Number(rows[at]?.id)));
}
