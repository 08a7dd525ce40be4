/**
 * Recomputes every total of the ledger from its records, in SQL: only what differs comes out of the database.
 * One statement, so that all of it is of one moment; the records are read once.
 */

import { quarterSeconds } from '../../domain/accounting/quarters.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { jobTotals } from '../job-invariants.ts';
import {
  accountTotals,
  differingTables,
  eachHour,
  eachHourOfQuarters,
  eachQuarter,
  hourlyTotals,
  keyTotals,
  seenHours,
  seenQuarters,
} from '../ledger-invariants.ts';
import { differenceRow } from '../ledger-rows.ts';
import type { LedgerDifference } from '../ledger-store.ts';
import { placeOf } from '../record-detail.ts';
import type { Database, Queryable } from './connection.ts';

/** How long it may take on a database of many millions of records, in milliseconds. */
export const verificationMs = 30 * 60_000;

type Member = Parameters<typeof placeOf>[0];
const numberOf = (member: Member) => `(d ->> ${placeOf(member)})::bigint`;

const each = `SELECT created_at - created_at % ${quarterSeconds} AS quarter, account_id, key_id, model,
      ${numberOf('channelId')} AS channel_id, d ->> ${placeOf('group')} AS group_name,
      type, (type = ${recordTypes.consume})::int AS consumed, units, drawn,
      ${numberOf('inputTokens')} AS input_tokens, ${numberOf('outputTokens')} AS output_tokens,
      ${numberOf('cachedTokens')} AS cached_tokens, (d ->> ${placeOf('stream')})::boolean::int AS stream,
      ${numberOf('firstByteMs')} AS first_byte, ${numberOf('totalMs')} AS total
    FROM (SELECT *, detail::jsonb AS d FROM records OFFSET 0) AS parsed`;

const seen = `seen_quarters AS MATERIALIZED (${seenQuarters(each)}), seen_hours AS MATERIALIZED (${seenHours}),
  seen AS MATERIALIZED (
    SELECT account_id, key_id, sum(requests) AS requests, sum(units) AS units, sum(key_drawn) AS key_drawn,
      sum(account_drawn) AS account_drawn
    FROM (SELECT account_id, key_id, requests, units, key_drawn, account_drawn FROM seen_hours
      UNION ALL SELECT account_id, key_id, requests, units, key_drawn, account_drawn FROM removed_records) AS every
    GROUP BY 1, 2
  )`;

const differing = Object.entries(differingTables).map(([name, sql]) => `${name} AS MATERIALIZED (${sql})`);
const totals = [keyTotals, accountTotals, hourlyTotals, jobTotals];
const checks = [...totals, eachHour, eachQuarter, eachHourOfQuarters].flat();

const all = `WITH ${seen}, ${differing.join(', ')} ${checks.join(' UNION ALL ')} LIMIT $1`;

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
