/**
 * Recomputes every total of the ledger from its records, in SQL: only what differs comes out of the database.
 * The records are read once, into a temporary table of their sums by hour, which also a connection that may
 * only read can make.
 */
import { type LedgerDifference, recordTypes } from '../ledger-store.ts';
import { placeOf } from '../record-detail.ts';
import type { Connection } from './connection.ts';

const isConsumption = `type = ${recordTypes.consume}`;

/** What is added up of each record. LIMIT keeps SQLite from sorting the details with it, which takes far longer. */
const each = `SELECT account_id, created_at - created_at % 3600 AS hour, key_id, model,
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

interface Total {
  readonly name: string;
  readonly stored: string;
  /** Without a row: 0. */
  readonly computed: string;
}

/** Every total of a table beside what it should be, where the two differ. */
const differences = (table: 'keys' | 'accounts', sources: string, totals: readonly Total[]) =>
  totals
    .map(({ name, stored, computed }) => {
      const what = `'${table.slice(0, -1)} ' || holder.id || ' ${name}'`;
      return `SELECT ${what} AS what, holder.${stored} AS stored, coalesce(${computed}, 0) AS computed
        FROM ${table} AS holder ${sources} WHERE holder.${stored} <> coalesce(${computed}, 0)`;
    })
    .join(' UNION ALL ');

const sumsBy = (column: 'key_id' | 'account_id', drawn: string) =>
  `(SELECT ${column} AS id, sum(requests) AS requests, sum(units) AS units, sum(${drawn}) AS drawn FROM temp.seen
    GROUP BY 1)`;
const reservedBy = (column: 'key_id' | 'account_id') =>
  `(SELECT ${column} AS id, sum(units) AS units FROM reservations GROUP BY 1)`;

const keyTotals = differences(
  'keys',
  `LEFT JOIN ${sumsBy('key_id', 'key_drawn')} AS used ON used.id = holder.id
  LEFT JOIN ${reservedBy('key_id')} AS held ON held.id = holder.id
  LEFT JOIN (SELECT key_id AS id, sum(units) AS units FROM journal WHERE key_id <> 0 GROUP BY 1) AS given
    ON given.id = holder.id`,
  [
    { name: 'used_quota', stored: 'used_quota', computed: 'used.units' },
    {
      name: 'remain_quota',
      stored: 'remain_quota',
      computed: 'coalesce(given.units, 0) - coalesce(used.drawn, 0)',
    },
    { name: 'reserved', stored: 'reserved', computed: 'held.units' },
  ],
);

const accountTotals = differences(
  'accounts',
  `LEFT JOIN ${sumsBy('account_id', 'account_drawn')} AS used ON used.id = holder.id
  LEFT JOIN ${reservedBy('account_id')} AS held ON held.id = holder.id
  LEFT JOIN (SELECT account_id AS id, sum(units) AS units FROM journal WHERE key_id = 0 GROUP BY 1) AS given
    ON given.id = holder.id`,
  [
    { name: 'used_quota', stored: 'used_quota', computed: 'used.units' },
    { name: 'request_count', stored: 'request_count', computed: 'used.requests' },
    {
      name: 'quota',
      stored: 'quota',
      computed: 'coalesce(given.units, 0) - coalesce(used.drawn, 0)',
    },
    { name: 'reserved', stored: 'reserved', computed: 'held.units' },
  ],
);

/** Whole life: what the hourly totals of an account and key come to, beside all records that ever were. */
const hourlyTotals = (['requests', 'units'] as const)
  .map(
    (name) => `SELECT 'hourly ${name} of account ' || account_id || ' key ' || key_id AS what,
      sum(stored) AS stored, sum(computed) AS computed FROM (
        SELECT account_id, key_id, ${name} AS stored, 0 AS computed FROM hourly
        UNION ALL SELECT account_id, key_id, 0, ${name} FROM temp.seen)
      GROUP BY account_id, key_id HAVING sum(stored) <> sum(computed)`,
  )
  .join(' UNION ALL ');

const hourColumns = ['requests', 'errors', 'units', 'input_tokens', 'output_tokens'] as const;

/** Hour by hour, where no record of the hour has been removed. */
const eachHour = (() => {
  const since = '(SELECT coalesce(max(newest_at), 0) FROM removed_records)';
  const place = 'account_id, hour, key_id, model';
  const both = hourColumns.map((name) => `sum(stored_${name}) AS stored_${name}, sum(${name}) AS ${name}`);
  const stored = hourColumns.map((name) => `${name} AS stored_${name}, 0 AS ${name}`);
  const computed = hourColumns.map((name) => `0, ${name}`);
  const sums = `SELECT ${place}, ${both.join(', ')} FROM (
      SELECT ${place}, ${stored.join(', ')} FROM hourly WHERE hour > ${since}
      UNION ALL SELECT ${place}, ${computed.join(', ')} FROM temp.seen_hours WHERE hour > ${since})
    GROUP BY ${place} HAVING ${hourColumns.map((name) => `sum(stored_${name}) <> sum(${name})`).join(' OR ')}`;
  const differing = hourColumns
    .map((name) => {
      const where = `' of account ' || account_id || ' key ' || key_id || ' hour ' || hour || ' model ' || model`;
      return `SELECT 'hourly ${name}' || ${where} AS what, stored_${name} AS stored, ${name} AS computed
        FROM differing WHERE stored_${name} <> ${name}`;
    })
    .join(' UNION ALL ');
  return `WITH differing AS MATERIALIZED (${sums}) ${differing}`;
})();

/** Statements that each give what differs, as `what`, `stored` and `computed`. */
const checks = [keyTotals, accountTotals, hourlyTotals, eachHour];

/** As `LedgerStore.findLedgerDifferences`. Part of one read transaction. */
export function findLedgerDifferences(connection: Connection, limit: number): readonly LedgerDifference[] {
  const found: LedgerDifference[] = [];
  connection.exec(prepare);
  try {
    for (const check of checks) {
      if (found.length >= limit) break;
      const rows = connection.all(`SELECT * FROM (${check}) LIMIT ?`, limit - found.length);
      found.push(
        ...rows.map(({ what, stored, computed }) => ({
          what: String(what),
          stored: Number(stored),
          computed: Number(computed),
        })),
      );
    }
  } finally {
    connection.exec(clean);
  }
  return found;
}
