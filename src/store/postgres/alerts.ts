/** Notices that wait to be delivered, in PostgreSQL. Settlement makes them. */

import type { BudgetAlert } from '../../domain/accounting/terms.ts';
import { alertRow } from '../ledger-rows.ts';
import type { Queryable } from './connection.ts';

const sql = {
  due: 'SELECT * FROM notices WHERE next_attempt_at <= $1 ORDER BY next_attempt_at, id LIMIT $2',
  // What another process is claiming at the same time is passed over, not waited for.
  claim: `WITH due AS MATERIALIZED (
      SELECT id, next_attempt_at AS due_at FROM notices WHERE next_attempt_at <= $1
      ORDER BY next_attempt_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
    ), held AS (
      UPDATE notices SET next_attempt_at = $3 FROM due WHERE notices.id = due.id RETURNING notices.*, due_at
    )
    SELECT * FROM held ORDER BY due_at, id`,
  remove: 'DELETE FROM notices WHERE id = $1',
  defer: 'UPDATE notices SET attempts = $1, next_attempt_at = $2 WHERE id = $3',
} as const;

/** As `LedgerStore.listAlerts`. */
export async function listAlerts(
  db: Queryable,
  nowSeconds: number,
  limit: number,
): Promise<readonly BudgetAlert[]> {
  return (await db.all(sql.due, nowSeconds, limit)).map((row) => alertRow(row));
}

/** As `LedgerStore.claimAlerts`. */
export async function claimAlerts(
  db: Queryable,
  nowSeconds: number,
  limit: number,
  untilSeconds: number,
): Promise<readonly BudgetAlert[]> {
  return (await db.all(sql.claim, nowSeconds, limit, untilSeconds)).map((row) => alertRow(row));
}

export async function deleteAlert(db: Queryable, id: number): Promise<void> {
  await db.run(sql.remove, id);
}

export async function deferAlert(
  db: Queryable,
  id: number,
  attempts: number,
  nextAttemptAt: number,
): Promise<void> {
  await db.run(sql.defer, attempts, nextAttemptAt, id);
}
