/** Notices that wait to be delivered, in SQLite. Settlement makes them; writes here are parts of transactions. */
import type { BudgetPeriod } from '../../keys/budget.ts';
import type { Notice } from '../ledger-store.ts';
import type { Connection, Row } from './connection.ts';

/** Public for the test that asks SQLite how it would run them. */
export const noticeSql = {
  due: 'SELECT * FROM notices WHERE next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT ?',
  remove: 'DELETE FROM notices WHERE id = ?',
  defer: 'UPDATE notices SET attempts = ?, next_attempt_at = ? WHERE id = ?',
  hold: 'UPDATE notices SET next_attempt_at = ? WHERE id = ?',
} as const;

/** As `LedgerStore.listNotices`. */
export function listNotices(connection: Connection, nowSeconds: number, limit: number): readonly Notice[] {
  return connection.all(noticeSql.due, nowSeconds, limit).map((row) => noticeRow(row));
}

/** As `LedgerStore.claimNotices`. Part of a transaction. */
export function claimNotices(
  connection: Connection,
  nowSeconds: number,
  limit: number,
  untilSeconds: number,
): readonly Notice[] {
  const due = listNotices(connection, nowSeconds, limit);
  for (const { id } of due) connection.run(noticeSql.hold, untilSeconds, id);
  return due.map((notice) => ({ ...notice, nextAttemptAt: untilSeconds }));
}

/** Part of a transaction. */
export function deleteNotice(connection: Connection, id: number): void {
  connection.run(noticeSql.remove, id);
}

/** Part of a transaction. */
export function deferNotice(
  connection: Connection,
  id: number,
  attempts: number,
  nextAttemptAt: number,
): void {
  connection.run(noticeSql.defer, attempts, nextAttemptAt, id);
}

// The table is STRICT, so that the types of its columns are certain.
function noticeRow(row: Row): Notice {
  return {
    id: row.id as number,
    kind: row.kind as Notice['kind'],
    accountId: row.account_id as number,
    keyId: row.key_id as number,
    name: row.name as string,
    period: row.period as BudgetPeriod,
    periodStart: row.period_start as number,
    periodEnd: row.period_end as number,
    used: row.used as number,
    budgetUnits: row.budget_units as number,
    thresholdUnits: row.threshold_units as number,
    createdAt: row.created_at as number,
    attempts: row.attempts as number,
    nextAttemptAt: row.next_attempt_at as number,
  };
}
