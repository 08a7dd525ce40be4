/**
 * The transactions of the ledger in SQLite. Balances are read, judged and written inside one transaction that
 * holds the write lock, so that they are exact whatever else writes.
 */
import {
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
import type { Connection } from './connection.ts';
import type { FlatSettlement } from './flat-settlement.ts';

const sql = {
  key: `SELECT ${holderColumns.key} FROM keys WHERE id = ?`,
  account: `SELECT ${holderColumns.account} FROM accounts WHERE id = ?`,
  writeKey: `UPDATE keys SET remain_quota = ?, used_quota = ?, reserved = ?, budget_used = ?, budget_start = ?,
    budget_told = ?, accessed_at = ? WHERE id = ?`,
  writeAccount: `UPDATE accounts SET quota = ?, used_quota = ?, reserved = ?, budget_used = ?, budget_start = ?,
    budget_told = ?, request_count = ? WHERE id = ?`,
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
  notice: `INSERT INTO notices (kind, account_id, key_id, name, period, period_start, period_end, used,
      budget_units, threshold_units, created_at, next_attempt_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  heldSums: `SELECT count(*) AS requests, CAST(min(total(units), ${safeMax}) AS INTEGER) AS units
    FROM reservations`,
  releaseKeys: 'UPDATE keys SET reserved = 0 WHERE id IN (SELECT key_id FROM reservations)',
  releaseAccounts: 'UPDATE accounts SET reserved = 0 WHERE id IN (SELECT account_id FROM reservations)',
  releaseAll: 'DELETE FROM reservations',
} as const;

/** The transaction that is open on a connection. */
class SqlitePort implements LedgerPort<FlatSettlement> {
  readonly #db: Connection;

  constructor(connection: Connection) {
    this.#db = connection;
  }

  holder(kind: Holder['kind'], id: number): Holder | undefined {
    const row = this.#db.get(kind === 'key' ? sql.key : sql.account, id);
    return row && holderOf(kind, row);
  }

  insertReservation({ requestId, accountId, keyId, at }: ReservationRequest, held: number): void {
    this.#db.run(sql.reserve, requestId, accountId, keyId, held, at);
  }

  removeReservation(requestId: string): number | undefined {
    return this.#db.get(sql.unreserve, requestId)?.units as number | undefined;
  }

  insertRecord(settlement: FlatSettlement, drawn: number): boolean {
    const { requestId, type, createdAt, accountId, keyId, model, units, detail } = settlement;
    return (
      this.#db.run(sql.record, requestId, type, createdAt, accountId, keyId, model, units, drawn, detail) > 0
    );
  }

  insertContent({ requestId, keyId, sealedContent, contentExpiresAt }: FlatSettlement): void {
    if (sealedContent) this.#db.run(sql.content, requestId, keyId, sealedContent, contentExpiresAt);
  }
}

function write(db: Connection, draft: LedgerBatch<FlatSettlement>): readonly BudgetAlert[] {
  for (const holder of draft.changed()) {
    const { left, used, reserved, budgetUsed, budgetStart, notifiedPeriod, lastUsedAt, id } = holder;
    const statement = holder.kind === 'key' ? sql.writeKey : sql.writeAccount;
    db.run(statement, left, used, reserved, budgetUsed, budgetStart, notifiedPeriod, lastUsedAt, id);
  }
  for (const hour of draft.hours()) db.run(sql.hour, ...Object.values(hour));
  return draft.notices.map((notice) => {
    const { id } = db.one(sql.notice, ...Object.values(notice), notice.createdAt);
    return storedAlert(notice, id as number);
  });
}

/** As `LedgerStore.reserve`. */
export function reserve(db: Connection, requests: readonly ReservationRequest[]): ReservationResult {
  return db.transaction(() => {
    const draft = new LedgerBatch(new SqlitePort(db));
    const outcomes = requests.map((request) => reserveOne(draft, request));
    return { outcomes, notices: write(db, draft) };
  });
}

/** As `LedgerStore.settle`. */
export function settle(db: Connection, settlements: readonly FlatSettlement[]): readonly BudgetAlert[] {
  return db.transaction(() => {
    const draft = new LedgerBatch(new SqlitePort(db));
    for (const settlement of settlements) settleOne(draft, settlement);
    return write(db, draft);
  });
}

/** As `LedgerStore.releaseReservations`. */
export function releaseReservations(db: Connection): { requests: number; units: number } {
  return db.transaction(() => {
    const { requests, units } = db.one(sql.heldSums);
    db.run(sql.releaseKeys);
    db.run(sql.releaseAccounts);
    db.run(sql.releaseAll);
    return { requests: requests as number, units: units as number };
  });
}
