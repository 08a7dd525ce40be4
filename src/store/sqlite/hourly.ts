/** Consumption by the hour in SQLite. Its totals outlive the records that they came from. */

import { hourOf, hourSeconds } from '../../domain/accounting/hourly.ts';
import {
  addHourlyRows,
  addSums,
  endOfTime,
  hourlyColumns,
  hourlySumColumns,
  keptSince,
  noSums,
  type Span,
  wholeHours,
} from '../hourly-sums.ts';
import { hourlyRow } from '../ledger-rows.ts';
import type { HourlyQuery, HourlyRow, RecordFilter, RecordSums } from '../ledger-store.ts';
import type { Connection, Value } from './connection.ts';
import { globOf } from './glob.ts';

export const hourlySql = {
  ofAccount: 'FROM hourly WHERE account_id = ? AND hour >= ? AND hour <= ?',
  ofAll: 'FROM hourly INDEXED BY hourly_by_hour WHERE hour >= ? AND hour <= ?',
  kept: keptSince,
} as const;

function sourceOf({ accountId, keyId }: Pick<HourlyQuery, 'accountId' | 'keyId'>, span: Span) {
  const [source, account] =
    accountId === undefined ? [hourlySql.ofAll, []] : [hourlySql.ofAccount, [accountId]];
  return {
    source: keyId === undefined ? source : `${source} AND key_id = ?`,
    values: [...account, span.from, span.to, ...(keyId === undefined ? [] : [keyId])] as readonly Value[],
  };
}

/** Rows added up before others may go first. */
const stepRows = 20_000;

/** As `LedgerStore.listHourly`. An hour counts when it begins within the time asked for, or contains its start. */
export async function listHourly(connection: Connection, query: HourlyQuery): Promise<readonly HourlyRow[]> {
  const from = query.from ?? 0;
  const span = { from: hourOf(from), to: query.to ?? endOfTime };
  const found = new Map<string, HourlyRow>();
  for await (const row of sumsInSteps(connection, query, span)) {
    const name = `${row.hour} ${row.accountId} ${row.keyId} ${row.model}`;
    const known = found.get(name);
    found.set(name, known ? addHourlyRows(known, row) : row);
  }
  return [...found.values()];
}

interface HourlySource extends Pick<HourlyQuery, 'accountId' | 'keyId' | 'by'> {
  readonly model?: string | undefined;
}

/** Sums of a stretch of hours at a time: those of what is not kept apart by the hour are still to be added up. */
async function* sumsInSteps(
  connection: Connection,
  query: HourlySource,
  span: Span,
): AsyncGenerator<HourlyRow> {
  const by = query.by.map((part) => hourlyColumns[part]);
  const group = by.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${by.join(', ')}`;
  const order = by.includes('hour') ? 'ORDER BY hour' : '';
  const columns = [...by, hourlySumColumns].join(', ');
  let { from } = span;
  for (;;) {
    const rest = sourceOf(query, { from, to: span.to });
    const next = connection.get(
      `SELECT hour ${rest.source} ORDER BY hour LIMIT 1 OFFSET ${stepRows}`,
      ...rest.values,
    );
    // Hours are taken whole, so that each is in one step.
    const until = next && Math.max(Number(next.hour), from + hourSeconds);
    const { source, values } = sourceOf(query, { from, to: until === undefined ? span.to : until - 1 });
    const { model } = query;
    const ofModel = model === undefined ? '' : ` AND model ${model.includes('%') ? 'GLOB' : '='} ?`;
    const modelValues = model === undefined ? [] : [model.includes('%') ? globOf(model) : model];
    const sql = `SELECT ${columns} ${source}${ofModel} ${group} ${order}`;
    for (const row of connection.all(sql, ...values, ...modelValues)) yield hourlyRow(row);
    if (until === undefined) return;
    from = until;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * The part of a sum over records that the hourly totals know.
 * @returns `left`: what is to be summed from the records themselves; undefined = all
 */
export async function sumWholeHours(
  connection: Connection,
  filter: RecordFilter,
): Promise<{ readonly sums: RecordSums; readonly left: readonly Span[] | undefined }> {
  const whole = wholeHours(filter, Number(connection.one(hourlySql.kept).since));
  let sums = noSums;
  if (!whole) return { sums, left: undefined };
  for await (const row of sumsInSteps(connection, { ...filter, by: [] }, whole.hours)) {
    const { units, requests, inputTokens, outputTokens } = row;
    sums = addSums(sums, { units, requests, tokens: inputTokens + outputTokens });
  }
  return { sums, left: whole.left };
}
