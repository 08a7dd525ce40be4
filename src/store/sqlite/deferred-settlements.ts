/**
 * Settlements that wait for no balance. Their commit writes one text for all of them; later, one transaction applies many
 * of them to the records and totals. See docs/decisions/0033-deferred-settlements.md.
 */
import { holdersOf } from '../../domain/accounting/holder.ts';
import type { BudgetAlert } from '../../domain/accounting/terms.ts';
import { integer, text } from '../columns.ts';
import type { Settlement } from '../ledger-store.ts';
import { encodeDetail } from '../record-detail.ts';
import { statement } from '../statement.ts';
import type { Connection } from './connection.ts';
import type { FlatSettlement } from './flat-settlement.ts';
import { applySettlements } from './ledger-writer.ts';

/** Rows that one transaction applies. Each has the settlements of one commit. */
const rowsAtATime = 32;

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

/** @returns two lines of JSON for each: what is added up, and the detail as the record keeps it */
export function deferredText(settlements: readonly Settlement[]): string {
  let lines = '';
  for (const { record } of settlements) {
    const { requestId, type, createdAt, accountId, keyId, model, units, detail } = record;
    const { inputTokens, outputTokens, channelId, group, cachedTokens, stream, firstByteMs, totalMs } =
      detail;
    const charge: Charge = [
      ...([requestId, type, createdAt, accountId, keyId, model, units, inputTokens, outputTokens] as const),
      ...([channelId, group, cachedTokens, stream, firstByteMs, totalMs] as const),
    ];
    lines += `${JSON.stringify(charge)}\n${encodeDetail(detail)}\n`;
  }
  return lines;
}

type Charge = [
  ...[requestId: string, type: number, createdAt: number, accountId: number, keyId: number, model: string],
  ...[units: number, inputTokens: number, outputTokens: number, channelId: number, group: string],
  ...[cachedTokens: number, stream: boolean, firstByteMs: number, totalMs: number],
];

function settlementOf(line: string, detail: string): FlatSettlement {
  const charge = JSON.parse(line) as Charge;
  const [requestId, type, createdAt, accountId, keyId, model, units, inputTokens, outputTokens] = charge;
  const [, , , , , , , , , channelId, group, cachedTokens, stream, firstByteMs, totalMs] = charge;
  return {
    ...{ requestId, type, createdAt, accountId, keyId, model, units, inputTokens, outputTokens, channelId },
    ...{ group, cachedTokens, stream, firstByteMs, totalMs, detail },
    holders: holdersOf({ accountId, keyId }),
    reserved: false,
    sealedContent: null,
    contentExpiresAt: 0,
  };
}

function* settlementsIn(lines: string): Generator<FlatSettlement> {
  const all = lines.split('\n');
  for (let at = 0; at + 1 < all.length; at += 2) yield settlementOf(all[at] ?? '', all[at + 1] ?? '');
}

/** Writes settlements to be applied later. @param lines of `deferredText` */
export function defer(connection: Connection, lines: string): void {
  connection.run(sql.insert, { settlements: lines });
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
  const settlements = oldest.flatMap(({ settlements: lines }) => [...settlementsIn(lines)]);
  const alerts = applySettlements(connection, settlements);
  connection.run(sql.remove, { last: last.id });
  return alerts;
}
