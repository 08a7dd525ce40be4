/**
 * The laws of the ledger (see `ledger-store.ts`) as SQL that both databases understand: statements that each give what
 * differs, as `what`, `stored` and `computed`. They read `seen_hours`, the sums of all records by account, hour, key
 * and model, and `seen`, the same by account and key with the records that were removed; the engine makes both.
 */

interface Total {
  readonly name: string;
  readonly stored: string;
  /** Without a row: 0. */
  readonly computed: string;
}

/** Every total of a table beside what it should be, where the two differ. */
const differences = (table: 'keys' | 'accounts', sources: string, totals: readonly Total[]) =>
  totals.map(({ name, stored, computed }) => {
    const what = `'${table.slice(0, -1)} ' || holder.id || ' ${name}'`;
    return `SELECT ${what} AS what, CAST(holder.${stored} AS numeric) AS stored,
        CAST(coalesce(${computed}, 0) AS numeric) AS computed
        FROM ${table} AS holder ${sources} WHERE holder.${stored} <> coalesce(${computed}, 0)`;
  });

const sumsBy = (column: 'key_id' | 'account_id', drawnColumn: string) =>
  `(SELECT ${column} AS id, sum(requests) AS requests, sum(units) AS units, sum(${drawnColumn}) AS drawn FROM seen
    GROUP BY 1)`;
const reservedBy = (column: 'key_id' | 'account_id') =>
  `(SELECT ${column} AS id, sum(units) AS units FROM reservations GROUP BY 1)`;

export const keyTotals = differences(
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

export const accountTotals = differences(
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
export const hourlyTotals = (['requests', 'units'] as const).map(
  (name) => `SELECT 'hourly ${name} of account ' || account_id || ' key ' || key_id AS what,
      sum(stored) AS stored, sum(computed) AS computed FROM (
        SELECT account_id, key_id, ${name} AS stored, 0 AS computed FROM hourly
        UNION ALL SELECT account_id, key_id, 0, ${name} FROM seen) AS both_sides
      GROUP BY account_id, key_id HAVING sum(stored) <> sum(computed)`,
);

const hourColumns = ['requests', 'errors', 'units', 'input_tokens', 'output_tokens'] as const;

/** Hour by hour, where no record of the hour has been removed. */
export const differingHours = (() => {
  const since = '(SELECT coalesce(max(newest_at), 0) FROM removed_records)';
  const place = 'account_id, hour, key_id, model';
  const both = hourColumns.map((name) => `sum(stored_${name}) AS stored_${name}, sum(${name}) AS ${name}`);
  const stored = hourColumns.map((name) => `${name} AS stored_${name}, 0 AS ${name}`);
  const computed = hourColumns.map((name) => `0, ${name}`);
  return `SELECT ${place}, ${both.join(', ')} FROM (
      SELECT ${place}, ${stored.join(', ')} FROM hourly WHERE hour > ${since}
      UNION ALL SELECT ${place}, ${computed.join(', ')} FROM seen_hours WHERE hour > ${since}) AS both_sides
    GROUP BY ${place} HAVING ${hourColumns.map((name) => `sum(stored_${name}) <> sum(${name})`).join(' OR ')}`;
})();
export const eachHour = hourColumns.map((name) => {
  const where = `' of account ' || account_id || ' key ' || key_id || ' hour ' || hour || ' model ' || model`;
  return `SELECT 'hourly ${name}' || ${where} AS what, CAST(stored_${name} AS numeric) AS stored,
        CAST(${name} AS numeric) AS computed
        FROM differing_hours WHERE stored_${name} <> ${name}`;
});
