/**
 * The transactions of the ledger in SQLite. Balances are read, judged and written inside one transaction that
 * holds the write lock, so that they are exact whatever else writes.
 */
import { safeMax } from '../../domain/accounting/amounts.ts';
import {
  byKind,
  type HolderKind,
  type HolderRef,
  holderKinds,
  idOf,
} from '../../domain/accounting/holder.ts';
import type { Hour } from '../../domain/accounting/hourly.ts';
import {
  type Holder,
  LedgerBatch,
  type LedgerPort,
  type NewBudgetAlert,
  reserveOne,
  settleOne,
  storedAlert,
} from '../../domain/accounting/ledger-batch.ts';
import type { BudgetAlert, ReservationRequest } from '../../domain/accounting/terms.ts';
import { holderColumns, holderOf, selectHolders, writtenColumns } from '../holder-columns.ts';
import type { ReservationResult } from '../ledger-store.ts';
import type { Connection } from './connection.ts';
import type { FlatSettlement } from './flat-settlement.ts';

const sql = {
  reserve: `INSERT INTO reservations (request_id, account_id, key_id, units, created_at) VALUES (?, ?, ?, ?, ?)`,
  unreserve: 'DELETE FROM reservations WHERE request_id = ? RETURNING units',
  record: `INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request_id) DO NOTHING`,
  content: `INSERT INTO contents (request_id, key_id, sealed, expires_at) SELECT ?1, id, ?3, ?4 FROM keys
    WHERE id = ?2`,
  hour: `INSERT INTO hourly (account_id, hour, key_id, model, requests, errors, units, input_tokens, output_tokens)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      requests = requests + excluded.requests, errors = errors + excluded.errors,
      units = min(units + excluded.units, ${safeMax}),
      input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens`,
  alert: `INSERT INTO notices (kind, account_id, key_id, name, period, period_start, period_end, used,
      budget_units, threshold_units, created_at, next_attempt_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  reservedSums: `SELECT count(*) AS requests, CAST(min(total(units), ${safeMax}) AS INTEGER) AS units
    FROM reservations`,
  releaseAll: 'DELETE FROM reservations',
} as const;

function holderSql(kind: HolderKind) {
  const { table } = holderColumns[kind];
  const columns = writtenColumns(kind);
  return {
    find: `${selectHolders(kind)} WHERE id = ?`,
    write: `UPDATE ${table} SET ${columns.map(([column]) => `${column} = ?`).join(', ')} WHERE id = ?`,
    written: columns.map(([, member]) => member),
    release: `UPDATE ${table} SET reserved = 0 WHERE id IN (SELECT ${kind}_id FROM reservations)`,
  };
}

const holderStatements = byKind(holderSql);

/** The transaction that is open on a connection. */
class SqlitePort implements LedgerPort<FlatSettlement> {
  readonly #db: Connection;

  constructor(connection: Connection) {
    this.#db = connection;
  }

  findHolder({ kind, id }: HolderRef): Holder | undefined {
    const row = this.#db.get(holderStatements[kind].find, id);
    return row && holderOf(kind, row);
  }

  insertReservation({ requestId, holders, at }: ReservationRequest, units: number): void {
    this.#db.run(sql.reserve, requestId, idOf(holders, 'account'), idOf(holders, 'key'), units, at);
  }

  removeReservation(requestId: string): number | undefined {
    return this.#db.get(sql.unreserve, requestId)?.units as number | undefined;
  }

  insertRecord(settlement: FlatSettlement, chargedTo: number): boolean {
    const { requestId, type, createdAt, accountId, keyId, model, units, detail } = settlement;
    const values = [requestId, type, createdAt, accountId, keyId, model, units, chargedTo, detail] as const;
    return this.#db.run(sql.record, ...values) > 0;
  }

  insertContent({ requestId, keyId, sealedContent, contentExpiresAt }: FlatSettlement): void {
    if (sealedContent) this.#db.run(sql.content, requestId, keyId, sealedContent, contentExpiresAt);
  }
}

function write(db: Connection, batch: LedgerBatch<FlatSettlement>): readonly BudgetAlert[] {
  for (const holder of batch.changed()) writeHolder(db, holder);
  for (const hour of batch.hours.all()) writeHour(db, hour);
  return batch.alerts.map((alert) => writeAlert(db, alert));
}

function writeHolder(db: Connection, holder: Holder): void {
  const { write: statement, written } = holderStatements[holder.kind];
  db.run(statement, ...written.map((member) => holder[member] as number), holder.id);
}

function writeHour(db: Connection, added: Hour): void {
  const { holders, hour, model, requests, errors, units, inputTokens, outputTokens } = added;
  const ids = [idOf(holders, 'account'), hour, idOf(holders, 'key'), model] as const;
  db.run(sql.hour, ...ids, requests, errors, units, inputTokens, outputTokens);
}

function writeAlert(db: Connection, alert: NewBudgetAlert): BudgetAlert {
  const { id } = db.one(
    sql.alert,
    alert.kind,
    idOf(alert.holders, 'account'),
    idOf(alert.holders, 'key'),
    alert.name,
    alert.period,
    alert.periodStart,
    alert.periodEnd,
    alert.used,
    alert.budgetUnits,
    alert.thresholdUnits,
    alert.createdAt,
    alert.createdAt,
  );
  return storedAlert(alert, id as number);
}

/** As `LedgerStore.reserve`. */
export function reserve(db: Connection, requests: readonly ReservationRequest[]): ReservationResult {
  return db.transaction(() => {
    const batch = new LedgerBatch(new SqlitePort(db));
    const outcomes = requests.map((request) => reserveOne(batch, request));
    return { outcomes, alerts: write(db, batch) };
  });
}

/** As `LedgerStore.settle`. */
export function settle(db: Connection, settlements: readonly FlatSettlement[]): readonly BudgetAlert[] {
  return db.transaction(() => {
    const batch = new LedgerBatch(new SqlitePort(db));
    for (const settlement of settlements) settleOne(batch, settlement);
    return write(db, batch);
  });
}

/** As `LedgerStore.releaseReservations`. */
export function releaseReservations(db: Connection): { requests: number; units: number } {
  return db.transaction(() => {
    const { requests, units } = db.one(sql.reservedSums);
    for (const kind of holderKinds) db.run(holderStatements[kind].release);
    db.run(sql.releaseAll);
    return { requests: requests as number, units: units as number };
  });
}
