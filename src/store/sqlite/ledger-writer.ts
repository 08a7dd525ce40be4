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
import { QuarterTotals } from '../../domain/accounting/quarters.ts';
import type { BudgetAlert, ReservationRequest } from '../../domain/accounting/terms.ts';
import type { JobEnding } from '../../domain/job.ts';
import { integer, names, omit, parameters, reader, text } from '../columns.ts';
import { holderColumns, holderOf, selectHolders, writtenColumns } from '../holder-columns.ts';
import type { ReservationResult } from '../ledger-store.ts';
import { composed, numberIn, statement } from '../statement.ts';
import { endJob, ofOpenJob } from '../statements/job-ending.ts';
import { alerts, contents, records } from '../tables.ts';
import { addedSums } from '../usage-sums.ts';
import { hourly, usageQuarters } from '../usage-tables.ts';
import type { Connection } from './connection.ts';
import type { FlatSettlement } from './flat-settlement.ts';

const newReservation = {
  requestId: text(),
  accountId: integer(),
  keyId: integer(),
  units: integer(),
  createdAt: integer(),
} as const;
/** The detail comes encoded from the other thread. */
const newRecord = { ...omit(records, 'id', 'type', 'detail'), type: integer(), detail: text() } as const;
const newAlert = omit(alerts, 'id', 'attempts');
const { requestId } = records;

const sql = {
  reserve: statement(
    newReservation,
    `INSERT INTO reservations (${names(newReservation)}) VALUES (${parameters(newReservation)})`,
  ),
  unreserve: statement(
    { requestId },
    'DELETE FROM reservations WHERE request_id = :requestId RETURNING units',
    numberIn('units'),
  ),
  record: statement(
    newRecord,
    `INSERT INTO records (${names(newRecord)}) VALUES (${parameters(newRecord)})
      ON CONFLICT (request_id) DO NOTHING`,
  ),
  content: statement(
    contents,
    `INSERT INTO contents (request_id, key_id, sealed, expires_at)
      SELECT :requestId, id, :sealed, :expiresAt FROM keys WHERE id = :keyId`,
  ),
  hour: statement(
    hourly,
    `INSERT INTO hourly (${names(hourly)}) VALUES (${parameters(hourly)}) ON CONFLICT DO UPDATE SET
      requests = requests + excluded.requests, errors = errors + excluded.errors,
      units = min(units + excluded.units, ${safeMax}),
      input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens`,
  ),
  quarter: statement(
    usageQuarters,
    `INSERT INTO usage_quarters (${names(usageQuarters)}) VALUES (${parameters(usageQuarters)})
      ON CONFLICT DO UPDATE SET ${addedSums}`,
  ),
  alert: statement(
    newAlert,
    `INSERT INTO notices (${names(newAlert)}) VALUES (${parameters(newAlert)}) RETURNING id`,
    numberIn('id'),
  ),
  reservedSums: statement(
    {},
    `SELECT count(*) AS requests, CAST(min(total(units), ${safeMax}) AS INTEGER) AS units FROM reservations
      WHERE NOT ${ofOpenJob}`,
    reader({ requests: integer(), units: integer() }),
  ),
  releaseAll: statement({}, `DELETE FROM reservations WHERE NOT ${ofOpenJob}`),
} as const;

function holderSql(kind: HolderKind) {
  const { table } = holderColumns[kind];
  const columns = writtenColumns(kind);
  return {
    find: statement({ id: integer() }, `${selectHolders(kind)} WHERE id = :id`, (row) => holderOf(kind, row)),
    write: composed(
      `UPDATE ${table} SET ${columns.map(([column, member]) => `${column} = :${member}`).join(', ')}
        WHERE id = :id`,
    ),
    written: ['id', ...columns.map(([, member]) => member)] as const,
    release: statement(
      {},
      `UPDATE ${table} SET reserved = (SELECT coalesce(sum(units), 0) FROM reservations
          WHERE ${kind}_id = ${table}.id AND ${ofOpenJob})
        WHERE id IN (SELECT ${kind}_id FROM reservations)`,
    ),
  };
}

const holderStatements = byKind(holderSql);

function idsOf(holders: readonly HolderRef[]) {
  return { accountId: idOf(holders, 'account'), keyId: idOf(holders, 'key') };
}

/** The transaction that is open on a connection. */
class SqlitePort implements LedgerPort<FlatSettlement> {
  readonly quarters = new QuarterTotals();
  readonly #db: Connection;

  constructor(connection: Connection) {
    this.#db = connection;
  }

  endJob(job: JobEnding, { units }: FlatSettlement): boolean {
    return this.#db.get(endJob, { ...job, charged: units }) !== undefined;
  }

  findHolder({ kind, id }: HolderRef): Holder | undefined {
    return this.#db.get(holderStatements[kind].find, { id });
  }

  insertReservation({ requestId, holders, at }: ReservationRequest, units: number): void {
    this.#db.run(sql.reserve, { requestId, ...idsOf(holders), units, createdAt: at });
  }

  removeReservation(requestId: string): number | undefined {
    return this.#db.get(sql.unreserve, { requestId });
  }

  insertRecord(settlement: FlatSettlement, chargedTo: number): boolean {
    const isNew = this.#db.run(sql.record, { ...settlement, chargedTo }) > 0;
    if (isNew) this.quarters.add(settlement);
    return isNew;
  }

  insertContent({ requestId, keyId, sealedContent: sealed, contentExpiresAt }: FlatSettlement): void {
    if (sealed) this.#db.run(sql.content, { requestId, keyId, sealed, expiresAt: contentExpiresAt });
  }
}

function write(db: Connection, batch: LedgerBatch<FlatSettlement>): readonly BudgetAlert[] {
  for (const holder of batch.changed()) writeHolder(db, holder);
  for (const hour of batch.hours.all()) writeHour(db, hour);
  return batch.alerts.map((alert) => writeAlert(db, alert));
}

function writeHolder(db: Connection, holder: Holder): void {
  const { write, written } = holderStatements[holder.kind];
  db.run(write, Object.fromEntries(written.map((member) => [member, holder[member] as number])));
}

function writeHour(db: Connection, hour: Hour): void {
  db.run(sql.hour, { ...hour, ...idsOf(hour.holders) });
}

function writeAlert(db: Connection, alert: NewBudgetAlert): BudgetAlert {
  const stored = { ...alert, ...idsOf(alert.holders), nextAttemptAt: alert.createdAt };
  return storedAlert(alert, db.one(sql.alert, stored));
}

/** As `LedgerStore.reserve`. */
export function reserve(db: Connection, requests: readonly ReservationRequest[]): ReservationResult {
  return db.transaction(() => {
    const batch = new LedgerBatch(new SqlitePort(db));
    const outcomes = requests.map((request) => reserveOne(batch, request));
    return { outcomes, alerts: write(db, batch) };
  });
}

/** As `LedgerStore.settle`. Part of a transaction. */
export function applySettlements(
  db: Connection,
  settlements: readonly FlatSettlement[],
): readonly BudgetAlert[] {
  const port = new SqlitePort(db);
  const batch = new LedgerBatch(port);
  for (const settlement of settlements) settleOne(batch, settlement);
  for (const quarter of port.quarters.all()) db.run(sql.quarter, quarter);
  return write(db, batch);
}

/** As `LedgerStore.releaseReservations`. */
export function releaseReservations(db: Connection): { requests: number; units: number } {
  return db.transaction(() => {
    const reserved = db.one(sql.reservedSums);
    for (const kind of holderKinds) db.run(holderStatements[kind].release);
    db.run(sql.releaseAll);
    return reserved;
  });
}
