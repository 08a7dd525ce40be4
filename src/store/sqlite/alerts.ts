/** Budget alerts that wait for delivery, in SQLite. Settlement inserts them; writes here are parts of transactions. */
import type { BudgetAlert } from '../../domain/accounting/terms.ts';
import { pick } from '../columns.ts';
import { statement } from '../statement.ts';
import { alertSql } from '../statements/ledger.ts';
import { alerts } from '../tables.ts';
import type { Connection } from './connection.ts';

const claim = statement(
  pick(alerts, 'id', 'nextAttemptAt'),
  'UPDATE notices SET next_attempt_at = :nextAttemptAt WHERE id = :id',
);

/** As `LedgerStore.listAlerts`. */
export function listAlerts(connection: Connection, now: number, limit: number): readonly BudgetAlert[] {
  return connection.all(alertSql.due, { now, limit });
}

/** As `LedgerStore.claimAlerts`. Part of a transaction. */
export function claimAlerts(
  connection: Connection,
  now: number,
  limit: number,
  nextAttemptAt: number,
): readonly BudgetAlert[] {
  const claimed = listAlerts(connection, now, limit).map((alert) => ({ ...alert, nextAttemptAt }));
  for (const alert of claimed) connection.run(claim, alert);
  return claimed;
}

/** Part of a transaction. */
export function deleteAlert(connection: Connection, id: number): void {
  connection.run(alertSql.remove, { id });
}

/** Part of a transaction. */
export function deferAlert(
  connection: Connection,
  id: number,
  attempts: number,
  nextAttemptAt: number,
): void {
  connection.run(alertSql.defer, { id, attempts, nextAttemptAt });
}
