/** Prices and multipliers in SQLite. Writes here are parts of transactions that the engine opens. */
import { multiplierRow, priceColumns, priceRow, priceValues } from '../ledger-rows.ts';
import type { MultiplierRow, NewPrice, PriceRow } from '../ledger-store.ts';
import type { Connection } from './connection.ts';

const priceSql = {
  all: 'SELECT * FROM prices WHERE NOT removed ORDER BY model, effective_from',
  byId: 'SELECT * FROM prices WHERE id = ?',
  any: 'SELECT EXISTS (SELECT 1 FROM prices) AS found',
  insert: `INSERT INTO prices (${priceColumns.join(', ')}) VALUES (${priceColumns.map(() => '?').join(', ')})`,
  removeOne: 'UPDATE prices SET removed = 1 WHERE model = ? AND effective_from = ? AND NOT removed',
  removeAll: 'UPDATE prices SET removed = 1 WHERE model = ? AND NOT removed',
} as const;

const multiplierSql = {
  all: 'SELECT * FROM multipliers ORDER BY group_name, effective_from',
  set: `INSERT INTO multipliers (group_name, effective_from, multiplier) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET multiplier = excluded.multiplier`,
  remove: 'DELETE FROM multipliers WHERE group_name = ?',
} as const;

/** Those that were not taken back, future ones included, by model and date. */
export function listPrices(connection: Connection): readonly PriceRow[] {
  return connection.all(priceSql.all).map(priceRow);
}

/** Also those that were taken back. */
export function getPrices(connection: Connection, ids: readonly number[]): readonly PriceRow[] {
  return ids.flatMap((id) => {
    const row = connection.get(priceSql.byId, id);
    return row ? [priceRow(row)] : [];
  });
}

/** Part of a transaction. */
export function insertPrices(connection: Connection, prices: readonly NewPrice[]): void {
  for (const price of prices) {
    connection.run(priceSql.removeOne, price.model, price.effectiveFrom);
    connection.run(priceSql.insert, ...priceValues(price));
  }
}

export function removePrices(connection: Connection, model: string): number {
  return connection.run(priceSql.removeAll, model);
}

export function everHadPrices(connection: Connection): boolean {
  return connection.one(priceSql.any).found === 1;
}

export function listMultipliers(connection: Connection): readonly MultiplierRow[] {
  return connection.all(multiplierSql.all).map(multiplierRow);
}

export function setMultiplier(
  connection: Connection,
  { group, effectiveFrom, multiplier }: MultiplierRow,
): void {
  connection.run(multiplierSql.set, group, effectiveFrom, multiplier);
}

export function removeMultipliers(connection: Connection, group: string): number {
  return connection.run(multiplierSql.remove, group);
}
