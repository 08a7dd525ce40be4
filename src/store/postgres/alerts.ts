/** Budget alerts that wait for delivery, in PostgreSQL. Settlement inserts them. */
import type { BudgetAlert } from '../../domain/accounting/terms.ts';
import { integer } from '../columns.ts';
import { statement } from '../statement.ts';
import { alertRow, alertSql } from '../statements/ledger.ts';
import type { Queryable } from './connection.ts';

// What another process is claiming at the same time is passed over, not waited for.
const claim = statement(
  { now: integer(), limit: integer(), until: integer() },
  `WITH due AS MATERIALIZED (
      SELECT id, next_attempt_at AS due_at FROM notices WHERE next_attempt_at <= :now
      ORDER BY next_attempt_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE notices SET next_attempt_at = :until FROM due WHERE notices.id = due.id RETURNING notices.*, due_at
    )
    SELECT * FROM claimed ORDER BY due_at, id`,
  alertRow,
);

/** As `LedgerStore.listAlerts`. */
export function listAlerts(db: Queryable, now: number, limit: number): Promise<readonly BudgetAlert[]> {
  return db.all(alertSql.due, { now, limit });
}

/** As `LedgerStore.claimAlerts`. */
export function claimAlerts(
  db: Queryable,
  now: number,
  limit: number,
  until: number,
): Promise<readonly BudgetAlert[]> {
  return db.all(claim, { now, limit, until });
}

export async function deleteAlert(db: Queryable, id: number): Promise<void> {
  await db.run(alertSql.remove, { id });
}

export async function deferAlert(
  db: Queryable,
  id: number,
  attempts: number,
  nextAttemptAt: number,
): Promise<void> {
  await db.run(alertSql.defer, { id, attempts, nextAttemptAt });
}
