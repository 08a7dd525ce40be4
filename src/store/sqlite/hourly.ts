/** Consumption by the hour in SQLite. Its totals outlive the records that they came from. */

import { hourOf, hourSeconds } from '../../domain/accounting/hourly.ts';
import {
  accountOfKey,
  addHourlyRows,
  endOfTime,
  hourlyGrouping,
  keyAlone,
  type Span,
  sumOfTotals,
} from '../hourly-sums.ts';
import { hourlyRow } from '../ledger-rows.ts';
import type { HourlyQuery, HourlyRow, RecordSums } from '../ledger-store.ts';
import { composed, numberIn } from '../statement.ts';
import type { Connection } from './connection.ts';
import { globOf } from './glob.ts';
import { othersFirst } from './others-first.ts';

export const hourlySql = {
  ofAccount: 'FROM hourly WHERE account_id = :accountId AND hour >= :from AND hour <= :to',
  ofAll: 'FROM hourly INDEXED BY hourly_by_hour WHERE hour >= :from AND hour <= :to',
} as const;

function sourceOf({ accountId, keyId, keyIds, model, models }: HourlySource) {
  const source = accountId === undefined ? hourlySql.ofAll : hourlySql.ofAccount;
  const ofKey = keyId === undefined ? '' : ' AND key_id = :keyId';
  const ofKeys = keyIds === undefined ? '' : ' AND key_id IN (SELECT value FROM json_each(:keyIds))';
  const ofModels = models === undefined ? '' : ' AND model IN (SELECT value FROM json_each(:models))';
  const isPattern = model?.includes('%') === true;
  return {
    source: source + ofKey,
    rest: ofKeys + ofModels + (model === undefined ? '' : ` AND model ${isPattern ? 'GLOB' : '='} :model`),
    // Those that are not set are not named.
    parameters: {
      accountId: accountId ?? 0,
      keyId: keyId ?? 0,
      keyIds: JSON.stringify(keyIds ?? []),
      models: JSON.stringify(models ?? []),
      model: model === undefined ? '' : isPattern ? globOf(model) : model,
    },
  };
}

/** Rows added up before others may go first. */
const stepRows = 5000;

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

type HourlySource = Omit<HourlyQuery, 'from' | 'to'>;

/** Sums of a stretch of hours at a time: those of what is not kept apart by the hour are still to be added up. */
async function* sumsInSteps(
  connection: Connection,
  given: HourlySource,
  span: Span,
): AsyncGenerator<HourlyRow> {
  const keyId = keyAlone(given);
  const accountId = keyId === undefined ? given.accountId : connection.get(accountOfKey, { keyId });
  const query = { ...given, accountId };
  const { columns, group, order } = hourlyGrouping(query);
  const { source, rest, parameters } = sourceOf(query);
  const nextStep = composed(
    `SELECT hour ${source} ORDER BY hour LIMIT 1 OFFSET ${stepRows}`,
    numberIn('hour'),
  );
  const sums = composed(`SELECT ${columns} ${source}${rest} ${group} ${order}`, hourlyRow);
  let { from } = span;
  for (;;) {
    const next = connection.get(nextStep, { ...parameters, from, to: span.to });
    // Hours are taken whole, so that each is in one step.
    const until = next === undefined ? undefined : Math.max(next, from + hourSeconds);
    const to = until === undefined ? span.to : until - 1;
    yield* connection.all(sums, { ...parameters, from, to });
    if (until === undefined) return;
    from = until;
    await othersFirst();
  }
}

/** The sums of whole hours. An hour counts when it begins within the span. */
export async function sumHours(
  connection: Connection,
  query: Omit<HourlySource, 'by'>,
  span: Span,
): Promise<RecordSums> {
  const rows: HourlyRow[] = [];
  for await (const row of sumsInSteps(connection, { ...query, by: [] }, span)) rows.push(row);
  return sumOfTotals(rows);
}
