/** Consumption by the hour in PostgreSQL. Its totals outlive the records that they came from. */

import { hourOf } from '../../domain/accounting/hourly.ts';
import { Conditions } from '../conditions.ts';
import { accountOfKey, endOfTime, hourlyGrouping, keyAlone, type Span, sumOfTotals } from '../hourly-sums.ts';
import { hourlyRow } from '../ledger-rows.ts';
import type { HourlyQuery, HourlyRow, RecordSums } from '../ledger-store.ts';
import { composed } from '../statement.ts';
import type { Queryable } from './connection.ts';
import { addKeysAndModels, addModel } from './like.ts';
import { isRowId } from './values.ts';

interface HourlySource extends HourlyQuery {
  readonly from: number;
  readonly to: number;
}

/** As `LedgerStore.listHourly`. An hour counts when it begins within the time asked for, or contains its start. */
export function listHourly(db: Queryable, query: HourlyQuery): Promise<readonly HourlyRow[]> {
  const from = query.from ?? 0;
  return sumHours(db, { ...query, from: hourOf(from), to: query.to ?? endOfTime });
}

async function sumHours(db: Queryable, source: HourlySource): Promise<readonly HourlyRow[]> {
  const { keyId, keyIds, from, to, model, models } = source;
  if ([source.accountId, keyId, from, to].some((value) => value !== undefined && !isRowId(value))) return [];
  const alone = keyAlone(source);
  const accountId = alone === undefined ? source.accountId : await db.get(accountOfKey, { keyId: alone });
  const conditions = new Conditions()
    .addGiven('account_id = :accountId', { accountId })
    .add('hour >= :from AND hour <= :to', { from, to })
    .addGiven('key_id = :keyId', { keyId });
  addKeysAndModels(conditions, keyIds, models);
  const { text, parameters } = addModel(conditions, model);
  const { columns, group, order } = hourlyGrouping(source);
  const sql = `SELECT ${columns} FROM hourly WHERE ${text} ${group} ${order}`;
  return db.all(composed(sql, hourlyRow), parameters);
}

/** The sums of whole hours. An hour counts when it begins within the span. */
export async function sumOfHours(
  db: Queryable,
  query: Omit<HourlySource, 'by' | 'from' | 'to'>,
  span: Span,
): Promise<RecordSums> {
  return sumOfTotals(await sumHours(db, { ...query, ...span, by: [] }));
}
