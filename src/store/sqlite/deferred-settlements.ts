/**
 * Settlements that wait for no balance. Their commit writes one text for all of them; later, one transaction applies many
 * of them to the records and totals. See docs/decisions/0033-deferred-settlements.md.
 */
import type { BudgetAlert } from '../../domain/accounting/terms.ts';
import { integer, text } from '../columns.ts';
import type { Settlement } from '../ledger-store.ts';
import { statement } from '../statement.ts';
import type { Connection } from './connection.ts';
import { type Flat, flatten, unflatten } from './flat-settlement.ts';
import { applySettlements } from './ledger-writer.ts';

/** Rows that one transaction applies. Each has the settlements of one commit. */
const rowsAtATime = 128;

const sql = {
  insert: statement(
    { settlements: text() },
    'INSERT INTO deferred_settlements (settlements) VALUES (:settlements)',
  ),
  oldest: statement(
    { limit: integer() },
    'SELECT id, settlements FROM deferred_settlements ORDER BY id LIMIT :limit',
    ({ id, settlements }) => ({ id: Number(id), settlements: String(settlements) }),
  ),
  any: statement({}, 'SELECT 1 FROM deferred_settlements LIMIT 1'),
  remove: statement({ last: integer() }, 'DELETE FROM deferred_settlements WHERE id <= :last'),
} as const;

/**
 * Whether it may be deferred, ends no reservation and no job, keeps no content, and is sure to be accepted when it is
 * applied: by then nobody is left who could be told of a mistake.
 */
export function isDeferrable({ record, reserved, deferrable, content, job }: Settlement): boolean {
  if (deferrable !== true || reserved || content || job) return false;
  const { type, createdAt, accountId, keyId, units } = record;
  return [type, createdAt, accountId, keyId, units].every(Number.isSafeInteger);
}

/** @returns JSON, for `defer` */
export function deferredText(settlements: readonly Settlement[]): string {
  return JSON.stringify(flatten(settlements));
}

/** Writes settlements to be applied later. @param settlements of `deferredText` */
export function defer(connection: Connection, settlements: string): void {
  connection.run(sql.insert, { settlements });
}

/** Applies all that were deferred before. @returns the alerts that this has made */
export function applyDeferred(connection: Connection): readonly BudgetAlert[] {
  const alerts: BudgetAlert[] = [];
  while (connection.get(sql.any) !== undefined) {
    alerts.push(...connection.transaction(() => applyOldest(connection)));
  }
  return alerts;
}

/** Part of a transaction whose further work relies on all totals. Usually nothing is left to be applied. */
export function applyWithin(connection: Connection): void {
  while (connection.get(sql.any) !== undefined) applyOldest(connection);
}

function applyOldest(connection: Connection): readonly BudgetAlert[] {
  const oldest = connection.all(sql.oldest, { limit: rowsAtATime });
  const last = oldest.at(-1);
  if (!last) return [];
  const settlements = oldest.flatMap(({ settlements: text }) => unflatten(JSON.parse(text) as Flat));
  const alerts = applySettlements(connection, settlements);
  connection.run(sql.remove, { last: last.id });
  return alerts;
}
