/**
 * Recomputes every total of the ledger from its records, in SQL: only what differs comes out of the database.
 * The records are read once, into a temporary table of their sums by hour, which also a connection that may
 * only read can make.
 */

import { hourSeconds } from '../../domain/accounting/hourly.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { accountTotals, differingHours, eachHour, hourlyTotals, keyTotals } from '../ledger-invariants.ts';
import { differenceRow } from '../ledger-rows.ts';
import type { LedgerDifference } from '../ledger-store.ts';
import { placeOf } from '../record-detail.ts';
import type { Connection } from './connection.ts';

const isConsumption = `type = ${recordTypes.consume}`;

/** What is added up of each record. LIMIT keeps SQLite from sorting the details with it, which takes far longer. */
const each = `SELECT account_id, created_at - created_at % ${hourSeconds} AS hour, key_id, model,
    ${isConsumption} AS requests, type = ${recordTypes.error} AS errors, units * (${isConsumption}) AS units,
    iif(${isConsumption}, detail ->> ${placeOf('inputTokens')}, 0) AS input_tokens,
    iif(${isConsumption}, detail ->> ${placeOf('outputTokens')}, 0) AS output_tokens,
    units * (${isConsumption} AND drawn & 1 <> 0) AS key_drawn,
    units * (${isConsumption} AND drawn & 2 <> 0) AS account_drawn
  FROM main.records LIMIT -1`;

const prepare = `
DROP TABLE IF EXISTS temp.seen_hours;
CREATE TEMP TABLE seen_hours AS
  SELECT account_id, hour, key_id, model, sum(requests) AS requests, sum(errors) AS errors, sum(units) AS units,
    sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(key_drawn) AS key_drawn,
    sum(account_drawn) AS account_drawn
  FROM (${each}) GROUP BY 1, 2, 3, 4;
DROP TABLE IF EXISTS temp.seen;
CREATE TEMP TABLE seen AS
  SELECT account_id, key_id, sum(requests) AS requests, sum(units) AS units, sum(key_drawn) AS key_drawn,
    sum(account_drawn) AS account_drawn
  FROM (SELECT account_id, key_id, requests, units, key_drawn, account_drawn FROM temp.seen_hours
    UNION ALL SELECT account_id, key_id, requests, units, key_drawn, account_drawn FROM main.removed_records)
  GROUP BY 1, 2;
`;

const clean = 'DROP TABLE IF EXISTS temp.seen_hours; DROP TABLE IF EXISTS temp.seen;';

const joined = (statements: readonly string[]) => statements.join(' UNION ALL ');

const checks = [
  ...[keyTotals, accountTotals, hourlyTotals].map(joined),
  `WITH differing_hours AS MATERIALIZED (${differingHours}) ${joined(eachHour)}`,
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
