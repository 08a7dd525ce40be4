/** Prices and multipliers in SQLite. Writes here are parts of transactions that the engine opens. */
import type { MultiplierRow, NewPrice, PriceRow } from '../ledger-store.ts';
import { statement } from '../statement.ts';
import { multiplierSql, priceRow, priceSql } from '../statements/ledger.ts';
import { prices } from '../tables.ts';
import type { Connection } from './connection.ts';

const { id } = prices;
const byId = statement({ id }, 'SELECT * FROM prices WHERE id = :id', priceRow);

/** Those that were not taken back, future ones included, by model and date. */
export function listPrices(connection: Connection): readonly PriceRow[] {
  return connection.all(priceSql.all);
}

/** Also those that were taken back. */
export function getPrices(connection: Connection, ids: readonly number[]): readonly PriceRow[] {
  return ids.flatMap((id) => connection.get(byId, { id }) ?? []);
}

/** Part of a transaction. */
export function insertPrices(connection: Connection, newPrices: readonly NewPrice[]): void {
  for (const price of newPrices) {
    connection.run(priceSql.removeOne, price);
    connection.run(priceSql.insert, price);
  }
}

export function removePrices(connection: Connection, model: string): number {
  return connection.run(priceSql.removeAll, { model });
}

export function everHadPrices(connection: Connection): boolean {
  return connection.one(priceSql.any);
}

export function listMultipliers(connection: Connection): readonly MultiplierRow[] {
  return connection.all(multiplierSql.all);
}

export function setMultiplier(connection: Connection, row: MultiplierRow): void {
  connection.run(multiplierSql.set, row);
}

export function removeMultipliers(connection: Connection, group: string): number {
  return connection.run(multiplierSql.remove, { group });
}
