/**
 * The laws of the ledger (see `ledger-store.ts`) as SQL that both databases understand: statements that each give what
 * differs, as `what`, `stored` and `computed`. They read `seen_quarters`, the sums of all records by what the totals of
 * quarter hours are kept apart by, `seen_hours`, the same by account, hour, key and model, and `seen`, the same by account
 * and key with the records that were removed; the engine makes all three.
 */
import { hourSeconds } from '../domain/accounting/hourly.ts';
import { firstByteBounds, sumNames } from '../domain/accounting/quarters.ts';
import { recordTypes } from '../domain/accounting/terms.ts';
import { columnName } from './columns.ts';
import { usageQuarters } from './usage-tables.ts';

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

const hourColumns = ['requests', 'errors', 'units', 'input_tokens', 'output_tokens'];
const quarterColumns = sumNames.map((name) => columnName(name, usageQuarters[name]));
const hourPlace = 'account_id, hour, key_id, model';
const quarterPlace = 'quarter, account_id, key_id, model, channel_id, group_name';
/** Both count nothing of a record that does not fit, which costs less than to add 0. */
const countWhere = (condition: string) => `count(*) FILTER (WHERE ${condition})`;
const sumWhere = (condition: string, value: string) =>
  `coalesce(sum(${value}) FILTER (WHERE consumed = 1 AND ${condition}), 0)`;
const streamed = 'stream = 1 AND output_tokens > 0 AND first_byte >= 0 AND total > first_byte';
const bounds = [-1, ...firstByteBounds, Number.MAX_SAFE_INTEGER];

const seenSums: Readonly<Record<string, string>> = {
  requests: 'sum(consumed)',
  errors: countWhere(`type = ${recordTypes.error}`),
  units: 'sum(consumed * units)',
  input_tokens: 'sum(consumed * input_tokens)',
  output_tokens: 'sum(consumed * output_tokens)',
  cached_tokens: 'sum(consumed * cached_tokens)',
  first_byte_ms: sumWhere('first_byte >= 0', 'first_byte'),
  stream_ms: sumWhere(streamed, 'total - first_byte'),
  stream_tokens: sumWhere(streamed, 'output_tokens'),
  ...Object.fromEntries(
    bounds.slice(1).map((bound, at) => {
      const isOfClass = `first_byte > ${bounds[at]} AND first_byte <= ${bound}`;
      return [`first_byte_${at}`, countWhere(`consumed = 1 AND ${isOfClass}`)];
    }),
  ),
  key_drawn: sumWhere('drawn & 1 <> 0', 'units'),
  account_drawn: sumWhere('drawn & 2 <> 0', 'units'),
};

/**
 * What makes `seen_quarters`.
 * @param each of every record: its quarter hour, what its totals are kept apart by, `type`, `consumed` (0 or 1), `units`,
 * `drawn`, `input_tokens`, `output_tokens`, `cached_tokens`, `stream` (0 or 1), `first_byte` and `total`
 */
export const seenQuarters = (each: string): string => {
  const sums = Object.entries(seenSums).map(([name, sum]) => `${sum} AS ${name}`);
  return `SELECT ${quarterPlace}, ${sums.join(', ')} FROM (${each}) AS each_record GROUP BY 1, 2, 3, 4, 5, 6`;
};

const seenHourSums = [...hourColumns, 'key_drawn', 'account_drawn'];
const summed = (names: readonly string[]) => names.map((name) => `sum(${name}) AS ${name}`).join(', ');
/** What makes `seen_hours`. */
export const seenHours = `SELECT account_id, quarter - quarter % ${hourSeconds} AS hour, key_id, model,
    ${summed(seenHourSums)}
  FROM seen_quarters GROUP BY 1, 2, 3, 4`;

/** The columns of what is seen, in their order: those that are its primary key, and its sums. */
export const seenColumns = {
  quarters: { place: quarterPlace, sums: Object.keys(seenSums) },
  hours: { place: hourPlace, sums: seenHourSums },
} as const;

interface Sides {
  readonly place: string;
  readonly columns: readonly string[];
  readonly stored: string;
  readonly computed: string;
}

/** The places where stored and computed sums differ, as `stored_units`, `units`, and so on. */
function differing({ place, columns, stored, computed }: Sides): string {
  const both = columns.map((name) => `sum(stored_${name}) AS stored_${name}, sum(${name}) AS ${name}`);
  const left = columns.map((name) => `${name} AS stored_${name}, 0 AS ${name}`);
  const right = columns.map((name) => `0, ${name}`);
  return `SELECT ${place}, ${both.join(', ')} FROM (
      SELECT ${place}, ${left.join(', ')} FROM ${stored}
      UNION ALL SELECT ${place}, ${right.join(', ')} FROM ${computed}) AS both_sides
    GROUP BY ${place} HAVING ${columns.map((name) => `sum(stored_${name}) <> sum(${name})`).join(' OR ')}`;
}

/**
 * The same where each side is a table with one row for each place. Looking up a row beside each one costs a third of
 * sorting the rows of both tables.
 * @param known the condition on places that are compared
 */
function differingRows({
  place,
  columns,
  stored,
  computed,
  known,
}: Sides & { readonly known: string }): string {
  const both = columns.map((name) => `one.${name} AS stored_${name}, coalesce(other.${name}, 0) AS ${name}`);
  const differs = columns.map((name) => `one.${name} <> coalesce(other.${name}, 0)`);
  const alone = columns.map((name) => `0, one.${name}`);
  const isSomething = columns.map((name) => `one.${name} <> 0`);
  const [first] = columns;
  return `SELECT ${place}, ${both.join(', ')} FROM ${stored} AS one LEFT JOIN ${computed} AS other USING (${place})
      WHERE ${known} AND (${differs.join(' OR ')})
    UNION ALL SELECT ${place}, ${alone.join(', ')} FROM ${computed} AS one LEFT JOIN ${stored} AS other USING (${place})
      WHERE ${known} AND other.${first} IS NULL AND (${isSomething.join(' OR ')})`;
}

/** Seconds: no record that is younger has been removed. */
export const removedUntil = '(SELECT coalesce(max(newest_at), 0) FROM removed_records)';
const completeFrom = '(SELECT coalesce(max(quarter), 0) FROM usage_quarters_from)';

/** Hour by hour, where no record of the hour has been removed. */
const differingHours = differingRows({
  place: hourPlace,
  columns: hourColumns,
  stored: 'hourly',
  computed: 'seen_hours',
  known: `hour > ${removedUntil}`,
});
const ofHour = `' of account ' || account_id || ' key ' || key_id || ' hour ' || hour || ' model ' || model`;
export const eachHour = hourColumns.map((name) => eachOf('differing_hours', name, 'hourly', ofHour));

/** Quarter hour by quarter hour, where no record of it has been removed and they are complete. */
const differingQuarters = differingRows({
  place: quarterPlace,
  columns: quarterColumns,
  stored: 'usage_quarters',
  computed: 'seen_quarters',
  known: `quarter > ${removedUntil} AND quarter >= ${completeFrom}`,
});
const ofQuarter = `' of account ' || account_id || ' key ' || key_id || ' quarter hour ' || quarter || ' model ' || model
  || ' channel ' || channel_id || ' group ' || group_name`;
export const eachQuarter = quarterColumns.map((name) =>
  eachOf('differing_quarters', name, 'quarterly', ofQuarter),
);

/** What the records no longer show: the hours of complete quarter hours beside the hourly totals. */
const differingHoursOfQuarters = differing({
  place: hourPlace,
  columns: hourColumns,
  stored: `(SELECT account_id, quarter - quarter % ${hourSeconds} AS hour, key_id, model, ${hourColumns.join(', ')}
    FROM usage_quarters WHERE quarter >= ${completeFrom}) AS stored_quarters WHERE hour <= ${removedUntil}`,
  computed: `hourly WHERE hour >= ${completeFrom} AND hour <= ${removedUntil}`,
});
export const eachHourOfQuarters = hourColumns.map((name) =>
  eachOf('differing_hours_of_quarters', name, 'quarterly', ofHour),
);

function eachOf(table: string, name: string, kind: string, place: string): string {
  return `SELECT '${kind} ${name}' || ${place} AS what, CAST(stored_${name} AS numeric) AS stored,
        CAST(${name} AS numeric) AS computed
        FROM ${table} WHERE stored_${name} <> ${name}`;
}

/** Tables that the last statements read, by name. */
export const differingTables = {
  differing_hours: differingHours,
  differing_quarters: differingQuarters,
  differing_hours_of_quarters: differingHoursOfQuarters,
} as const;
