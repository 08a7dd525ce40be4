/**
 * Reservations and settlements in PostgreSQL. A batch that no budget concerns, and that fits, is done by functions in
 * the database, in one round trip. The rest is judged here by the rules that all engines share, on rows that are
 * locked before and written after it, a few statements for a whole batch.
 */
import { safeMax } from '../../domain/accounting/amounts.ts';
import {
  byKind,
  type HolderKind,
  type HolderRef,
  holderKinds,
  holdersOf,
  idOf,
} from '../../domain/accounting/holder.ts';
import {
  chargedTo,
  type Holder,
  LedgerBatch,
  type LedgerPort,
  reserveOne,
  type SettledCharge,
  settleOne,
  storedAlert,
} from '../../domain/accounting/ledger-batch.ts';
import type { BudgetAlert, ReservationRequest } from '../../domain/accounting/terms.ts';
import type { JobEnding } from '../../domain/job.ts';
import { boolean, text } from '../columns.ts';
import { holderColumns, holderOf, selectHolders, writtenColumns } from '../holder-columns.ts';
import type { ReservationResult } from '../ledger-store.ts';
import { booleanIn, statement } from '../statement.ts';
import { endJob } from '../statements/job-ending.ts';
import type { Database, Queryable } from './connection.ts';
import {
  type ReservationOwner,
  reservationJson,
  type SettledRow,
  type SettlementBatch,
} from './ledger-batch.ts';

// Lists of objects go as JSON, whose members have the names that they have here.
const sql = {
  reservePlain: statement(
    { batch: text(), nodeId: text(), processId: text() },
    'SELECT reserve_plain(batch => :batch, node => :nodeId, process => :processId) AS reserved',
    booleanIn('reserved'),
  ),
  settlePlain: statement(
    { batch: text(), durable: boolean() },
    'SELECT settle_plain(batch => :batch, durable => :durable) AS judged',
    (row) => row.judged as readonly number[],
  ),
  relaxed: "SELECT set_config('synchronous_commit', 'off', true)",
  reserve: `INSERT INTO reservations (request_id, account_id, key_id, units, created_at, node_id, process_id)
    SELECT r."requestId", r."accountId", r."keyId", r.units, r.at, $2, $3
    FROM json_to_recordset($1) AS r("requestId" text, "accountId" bigint, "keyId" bigint, units bigint, at bigint)`,
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
  hours: `INSERT INTO hourly (account_id, hour, key_id, model, requests, errors, units, input_tokens, output_tokens)
    SELECT * FROM json_to_recordset($1) AS h("accountId" bigint, hour bigint, "keyId" bigint, model text,
      requests bigint, errors bigint, units bigint, "inputTokens" bigint, "outputTokens" bigint) ORDER BY 1, 2, 3, 4
    ON CONFLICT (account_id, hour, key_id, model) DO UPDATE SET
      requests = hourly.requests + excluded.requests, errors = hourly.errors + excluded.errors,
      units = least(hourly.units + excluded.units, ${safeMax}),
      input_tokens = hourly.input_tokens + excluded.input_tokens,
      output_tokens = hourly.output_tokens + excluded.output_tokens`,
  alerts: `INSERT INTO notices (kind, account_id, key_id, name, period, period_start, period_end, used,
      budget_units, threshold_units, created_at, next_attempt_at)
    SELECT n.kind, n."accountId", n."keyId", n.name, n.period, n."periodStart", n."periodEnd", n.used,
      n."budgetUnits", n."thresholdUnits", n."createdAt", n."createdAt"
    FROM json_to_recordset($1) AS n(place bigint, kind text, "accountId" bigint, "keyId" bigint, name text,
      period text, "periodStart" bigint, "periodEnd" bigint, used bigint, "budgetUnits" bigint,
      "thresholdUnits" bigint, "createdAt" bigint) ORDER BY place
    RETURNING id`,
} as const;

function holderSql(kind: HolderKind) {
  const { table } = holderColumns[kind];
  const columns = writtenColumns(kind);
  const set = columns.map(([column, member]) => `${column} = h."${member}"`).join(', ');
  const fields = columns.map(([, member]) => `"${member}" bigint`).join(', ');
  return {
    // Not for their keys: a transaction that only names a holder in a new row need not wait.
    lock: `${selectHolders(kind)} WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE`,
    write: `UPDATE ${table} SET ${set} FROM json_to_recordset($1) AS h(id bigint, ${fields}) WHERE ${table}.id = h.id`,
  };
}

const holderStatements = byKind(holderSql);

/** Every transaction locks and writes the topmost holders first, as the functions in the database do. */
const lockOrder = holderKinds.toReversed();

/** As `LedgerStore.reserve`. */
export async function reserve(
  db: Database,
  owner: ReservationOwner,
  requests: readonly ReservationRequest[],
): Promise<ReservationResult> {
  const reserved = await db.call(sql.reservePlain, { ...owner, batch: reservationJson(requests) });
  if (reserved) return { outcomes: requests.map(() => 'reserved'), alerts: [] };
  return db.transaction((tx) => reserveJudged(tx, owner, requests));
}

async function reserveJudged(
  tx: Queryable,
  { nodeId, processId }: ReservationOwner,
  requests: readonly ReservationRequest[],
): Promise<ReservationResult> {
  const rows = new LockedRows(await lockHolders(tx, requests));
  const batch = new LedgerBatch(rows);
  const outcomes = requests.map((request) => reserveOne(batch, request));
  const { reservations } = rows;
  if (reservations.length > 0) await tx.run(sql.reserve, JSON.stringify(reservations), nodeId, processId);
  return { outcomes, alerts: await write(tx, batch) };
}

/** As `LedgerStore.settle`. */
export async function settle(
  db: Database,
  { rows, json, ofJobs }: SettlementBatch,
  durable: boolean,
): Promise<readonly BudgetAlert[]> {
  const positions = rows.length === 0 ? [] : await db.call(sql.settlePlain, { batch: json, durable });
  const left = positions.flatMap((position) => rows[position - 1] ?? []);
  const judged = [...left, ...ofJobs].map(withHolders);
  return judged.length === 0 ? [] : db.transaction((tx) => settleJudged(tx, judged, durable));
}

type JudgedRow = SettledRow & SettledCharge;

const withHolders = (row: SettledRow): JudgedRow => ({ ...row, holders: holdersOf(row) });

async function settleJudged(
  tx: Queryable,
  all: readonly JudgedRow[],
  durable: boolean,
): Promise<readonly BudgetAlert[]> {
  if (!durable) await tx.run(sql.relaxed);
  const rows = await endJobs(tx, all);
  const locked = new LockedRows(await lockHolders(tx, rows));
  locked.ended = await endReservations(tx, rows);
  locked.fresh = await insertRecords(tx, rows, locked);
  const batch = new LedgerBatch(locked);
  for (const row of rows) settleOne(batch, row);
  if (locked.contents.length > 0) await tx.run(sql.content, JSON.stringify(locked.contents));
  return write(tx, batch);
}

type Holders = ReadonlyMap<HolderKind, ReadonlyMap<number, Holder>>;

/** Holders as the last writer left them; nobody else writes them until the transaction ends. */
async function lockHolders(
  tx: Queryable,
  orders: readonly { readonly holders: readonly HolderRef[] }[],
): Promise<Holders> {
  const found = new Map<HolderKind, Map<number, Holder>>();
  for (const kind of lockOrder) {
    const ids = new Set(orders.map(({ holders }) => idOf(holders, kind)));
    const rows = await tx.all(holderStatements[kind].lock, [...ids]);
    found.set(kind, new Map(rows.map((row) => [row.id as number, holderOf(kind, row)])));
  }
  return found;
}

/** @returns the settlements that count: without those of jobs that had ended */
async function endJobs(tx: Queryable, rows: readonly JudgedRow[]): Promise<readonly JudgedRow[]> {
  const counting: JudgedRow[] = [];
  for (const row of rows) {
    const ends = row.job && (await tx.get(endJob, { ...row.job, charged: row.units }));
    if (!row.job || ends !== undefined) counting.push(row);
  }
  return counting;
}

/** @returns the units that were reserved for each of them */
async function endReservations(tx: Queryable, rows: readonly JudgedRow[]): Promise<Map<string, number>> {
  const ids = rows.filter(({ reserved }) => reserved).map(({ requestId }) => requestId);
  const ended = ids.length === 0 ? [] : await tx.all(sql.unreserve, ids);
  return new Map(ended.map(({ request_id, units }) => [request_id as string, units as number]));
}

/** @returns the requests that had no record yet */
async function insertRecords(
  tx: Queryable,
  rows: readonly JudgedRow[],
  locked: LockedRows,
): Promise<Set<string>> {
  const first = new Map<string, JudgedRow>();
  for (const row of rows) if (!first.has(row.requestId)) first.set(row.requestId, row);
  const records = [...first.values()].map((row) => {
    const { requestId, type, createdAt, accountId, keyId, model, units, detail, holders } = row;
    const charged = chargedTo(
      type,
      holders.flatMap((ref) => locked.findHolder(ref) ?? []),
    );
    return [requestId, type, createdAt, accountId, keyId, model, units, charged, detail];
  });
  const written = await tx.all(sql.record, JSON.stringify(records));
  return new Set(written.map(({ request_id }) => request_id as string));
}

/** A reservation with the names that its statement takes. */
interface ReservationRow {
  readonly requestId: string;
  readonly accountId: number;
  readonly keyId: number;
  readonly units: number;
  readonly at: number;
}

/** The rows that were read for a batch before it is judged, and those to be written for it afterwards. */
class LockedRows implements LedgerPort<JudgedRow> {
  readonly reservations: ReservationRow[] = [];
  readonly contents: SettledRow[] = [];
  /** Reservations that were removed, by request. */
  ended = new Map<string, number>();
  /** Requests whose record was written by this transaction. */
  fresh = new Set<string>();
  readonly #holders: Holders;

  constructor(holders: Holders) {
    this.#holders = holders;
  }

  /** `endJobs` has ended it, and left out what does not count. */
  endJob(_job: JobEnding): boolean {
    return true;
  }

  findHolder({ kind, id }: HolderRef): Holder | undefined {
    return this.#holders.get(kind)?.get(id);
  }

  insertReservation({ requestId, holders, at }: ReservationRequest, units: number): void {
    const [accountId, keyId] = [idOf(holders, 'account'), idOf(holders, 'key')];
    this.reservations.push({ requestId, accountId, keyId, units, at });
  }

  removeReservation(requestId: string): number | undefined {
    const units = this.ended.get(requestId);
    this.ended.delete(requestId);
    return units;
  }

  insertRecord({ requestId }: JudgedRow): boolean {
    return this.fresh.delete(requestId);
  }

  insertContent(row: JudgedRow): void {
    if (row.content !== null && this.findHolder({ kind: 'key', id: row.keyId })) this.contents.push(row);
  }
}

async function write(tx: Queryable, batch: LedgerBatch<JudgedRow>): Promise<readonly BudgetAlert[]> {
  const changed = batch.changed();
  for (const kind of lockOrder) {
    const holders = changed.filter((holder) => holder.kind === kind);
    if (holders.length > 0) await tx.run(holderStatements[kind].write, JSON.stringify(holders));
  }
  const hours = batch.hours.all().map(withIds);
  if (hours.length > 0) await tx.run(sql.hours, JSON.stringify(hours));
  const { alerts } = batch;
  if (alerts.length === 0) return [];
  const placed = alerts.map((alert, place) => ({ ...withIds(alert), place }));
  const rows = await tx.all(sql.alerts, JSON.stringify(placed));
  return alerts.map((alert, at) => storedAlert(alert, Number(rows[at]?.id)));
}

function withIds<Held extends { readonly holders: readonly HolderRef[] }>(row: Held) {
  const { holders, ...others } = row;
  return { ...others, accountId: idOf(holders, 'account'), keyId: idOf(holders, 'key') };
}
