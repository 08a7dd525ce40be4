/** Notices that wait to be delivered, in SQLite. Settlement makes them; writes here are parts of transactions. */

import type { BudgetAlert } from '../../domain/accounting/terms.ts';
import { alertRow } from '../ledger-rows.ts';
import type { Connection } from './connection.ts';

/** Public for the test that asks SQLite how it would run them. */
export const noticeSql = {
  due: 'SELECT * FROM notices WHERE next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT ?',
  remove: 'DELETE FROM notices WHERE id = ?',
  defer: 'UPDATE notices SET attempts = ?, next_attempt_at = ? WHERE id = ?',
  hold: 'UPDATE notices SET next_attempt_at = ? WHERE id = ?',
} as const;

/** As `LedgerStore.listAlerts`. */
export function listAlerts(
  connection: Connection,
  nowSeconds: number,
  limit: number,
): readonly BudgetAlert[] {
  return connection.all(noticeSql.due, nowSeconds, limit).map((row) => alertRow(row));
}

/** As `LedgerStore.claimAlerts`. Part of a transaction. */
export function claimAlerts(
  connection: Connection,
  nowSeconds: number,
  limit: number,
  untilSeconds: number,
): readonly BudgetAlert[] {
  const due = listAlerts(connection, nowSeconds, limit);
  for (const { id } of due) connection.run(noticeSql.hold, untilSeconds, id);
  return due.map((notice) => ({ ...notice, nextAttemptAt: untilSeconds }));
}

/** Part of a transaction. */
export function deleteAlert(connection: Connection, id: number): void {
  connection.run(noticeSql.remove, id);
}

/** Part of a transaction. */
export function deferAlert(
  connection: Connection,
  id: number,
  attempts: number,
  nextAttemptAt: number,
): void {
  connection.run(noticeSql.defer, attempts, nextAttemptAt, id);
}
