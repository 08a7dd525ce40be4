/**
 * Recomputes every total of the ledger from its records, in SQL: only what differs comes out of the database.
 * One statement, so that all of it is of one moment; the records are read once.
 */

import { hourSeconds } from '../../domain/accounting/hourly.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { accountTotals, differingHours, eachHour, hourlyTotals, keyTotals } from '../ledger-invariants.ts';
import { differenceRow } from '../ledger-rows.ts';
import type { LedgerDifference } from '../ledger-store.ts';
import { placeOf } from '../record-detail.ts';
import type { Database, Queryable } from './connection.ts';

/** How long it may take on a database of many millions of records, in milliseconds. */
export const verificationMs = 30 * 60_000;

const consumed = `FILTER (WHERE type = ${recordTypes.consume})`;
const tokens = (member: 'inputTokens' | 'outputTokens') =>
  `coalesce(sum((detail::jsonb ->> ${placeOf(member)})::bigint) ${consumed}, 0)`;
const drawn = (bit: number) =>
  `coalesce(sum(units) FILTER (WHERE type = ${recordTypes.consume} AND drawn & ${bit} <> 0), 0)`;

const seen = `seen_hours AS MATERIALIZED (
    SELECT account_id, created_at - created_at % ${hourSeconds} AS hour, key_id, model, count(*) ${consumed} AS requests,
      count(*) FILTER (WHERE type = ${recordTypes.error}) AS errors, coalesce(sum(units) ${consumed}, 0) AS units,
      ${tokens('inputTokens')} AS input_tokens, ${tokens('outputTokens')} AS output_tokens,
      ${drawn(1)} AS key_drawn, ${drawn(2)} AS account_drawn
    FROM records GROUP BY 1, 2, 3, 4
  ), seen AS MATERIALIZED (
    SELECT account_id, key_id, sum(requests) AS requests, sum(units) AS units, sum(key_drawn) AS key_drawn,
      sum(account_drawn) AS account_drawn
    FROM (SELECT account_id, key_id, requests, units, key_drawn, account_drawn FROM seen_hours
      UNION ALL SELECT account_id, key_id, requests, units, key_drawn, account_drawn FROM removed_records) AS every
    GROUP BY 1, 2
  )`;

const all = `WITH ${seen}, differing_hours AS MATERIALIZED (${differingHours})
  ${[...keyTotals, ...accountTotals, ...hourlyTotals, ...eachHour].join(' UNION ALL ')} LIMIT $1`;

/** As `LedgerStore.findLedgerDifferences`. */
export async function findLedgerDifferences(
  db: Database,
  limit: number,
): Promise<readonly LedgerDifference[]> {
  return db.snapshot((tx) => differencesSeenBy(tx, limit), verificationMs);
}

/** The same as a transaction sees it. */
export async function differencesSeenBy(tx: Queryable, limit: number): Promise<readonly LedgerDifference[]> {
  const rows = await tx.all(all, limit);
  return rows.map(differenceRow);
}
