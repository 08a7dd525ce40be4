/**
 * Recomputes every total of the ledger from its records, in SQL: only what differs comes out of the database.
 * The records are read once, into a temporary table of their sums by hour, which also a connection that may
 * only read can make.
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
  seenColumns,
  seenHours,
  seenQuarters,
} from '../ledger-invariants.ts';
import { differenceRow } from '../ledger-rows.ts';
import type { LedgerDifference } from '../ledger-store.ts';
import { placeOf } from '../record-detail.ts';
import type { Connection } from './connection.ts';

/** What is added up of each record. LIMIT keeps SQLite from sorting the details with it, which takes far longer. */
const each = `SELECT created_at - created_at % ${quarterSeconds} AS quarter, account_id, key_id, model,
    coalesce(detail ->> ${placeOf('channelId')}, 0) AS channel_id, coalesce(detail ->> ${placeOf('group')}, '') AS group_name,
    type, type = ${recordTypes.consume} AS consumed, units, drawn,
    detail ->> ${placeOf('inputTokens')} AS input_tokens, detail ->> ${placeOf('outputTokens')} AS output_tokens,
    detail ->> ${placeOf('cachedTokens')} AS cached_tokens, detail ->> ${placeOf('stream')} AS stream,
    detail ->> ${placeOf('firstByteMs')} AS first_byte, detail ->> ${placeOf('totalMs')} AS total
  FROM main.records LIMIT -1`;

/** Makes a table of sums, whose rows come in the order of its primary key: others look rows up in it. */
function made(
  name: string,
  { place, sums }: { place: string; sums: readonly string[] },
  rows: string,
): string {
  const kept = place.split(', ').map((column) => `${column} ${texts.has(column) ? 'TEXT' : 'INTEGER'}`);
  return `DROP TABLE IF EXISTS temp.${name};
CREATE TEMP TABLE ${name} (${[...kept, ...sums].join(', ')}, PRIMARY KEY (${place})) WITHOUT ROWID;
INSERT INTO temp.${name} ${rows};`;
}
const texts: ReadonlySet<string> = new Set(['model', 'group_name']);

const prepare = `
${made('seen_quarters', seenColumns.quarters, seenQuarters(each))}
${made('seen_hours', seenColumns.hours, seenHours)}
DROP TABLE IF EXISTS temp.seen;
CREATE TEMP TABLE seen AS
  SELECT account_id, key_id, sum(requests) AS requests, sum(units) AS units, sum(key_drawn) AS key_drawn,
    sum(account_drawn) AS account_drawn
  FROM (SELECT account_id, key_id, requests, units, key_drawn, account_drawn FROM temp.seen_hours
    UNION ALL SELECT account_id, key_id, requests, units, key_drawn, account_drawn FROM main.removed_records)
  GROUP BY 1, 2;
`;

const clean =
  'DROP TABLE IF EXISTS temp.seen_quarters; DROP TABLE IF EXISTS temp.seen_hours; DROP TABLE IF EXISTS temp.seen;';

const joined = (statements: readonly string[]) => statements.join(' UNION ALL ');

const withDiffering = (table: keyof typeof differingTables, statements: readonly string[]) =>
  `WITH ${table} AS MATERIALIZED (${differingTables[table]}) ${joined(statements)}`;

const checks = [
  ...[keyTotals, accountTotals, hourlyTotals, jobTotals].map(joined),
  withDiffering('differing_hours', eachHour),
  withDiffering('differing_quarters', eachQuarter),
  withDiffering('differing_hours_of_quarters', eachHourOfQuarters),
];

/** As `LedgerStore.findLedgerDifferences`. Part of one read transaction. */
export function findLedgerDifferences(connection: Connection, limit: number): readonly LedgerDifference[] {
  const found: LedgerDifference[] = [];
  connection.exec(prepare);
  try {
    for (const check of checks) {
      if (found.length >= limit) break;
      const rows = connection.all(`SELECT * FROM (${check}) LIMIT ?`, limit - found.length);
      found.push(...rows.map(differenceRow));
    }
  } finally {
    connection.exec(clean);
  }
  return found;
}
