/** Prices and multipliers in PostgreSQL. Writes here are parts of transactions that the engine opens. */
import { list } from '../columns.ts';
import type { MultiplierRow, NewPrice, PriceRow } from '../ledger-store.ts';
import { statement } from '../statement.ts';
import { multiplierSql, priceRow, priceSql } from '../statements/ledger.ts';
import { prices } from '../tables.ts';
import type { Queryable } from './connection.ts';
import { storable } from './storable.ts';

const byIds = statement(
  { ids: list(prices.id) },
  `SELECT prices.* FROM unnest(:ids::bigint[]) WITH ORDINALITY AS wanted (id, position) JOIN prices USING (id)
    ORDER BY position`,
  priceRow,
);
// One at a time: two prices for the same model from the same moment must not both stay.
const lock = statement({}, 'LOCK TABLE prices IN SHARE ROW EXCLUSIVE MODE');

/** Those that were not taken back, future ones included, by model and date. */
export function listPrices(db: Queryable): Promise<readonly PriceRow[]> {
  return db.all(priceSql.all);
}

/** Also those that were taken back. */
export function getPrices(db: Queryable, ids: readonly number[]): Promise<readonly PriceRow[]> {
  return db.all(byIds, { ids });
}

/** Part of a transaction: no price changes until it ends. */
export async function lockPrices(tx: Queryable): Promise<void> {
  await tx.run(lock);
}

/** Part of a transaction that has locked the prices. */
export async function insertPrices(tx: Queryable, newPrices: readonly NewPrice[]): Promise<void> {
  for (const price of newPrices) await insertPrice(tx, price);
}

async function insertPrice(tx: Queryable, price: NewPrice): Promise<void> {
  const stored = { ...price, model: storable(price.model), source: storable(price.source) };
  await tx.run(priceSql.removeOne, stored);
  await tx.run(priceSql.insert, stored);
}

/** Part of a transaction. @returns how many there were */
export function removePrices(tx: Queryable, model: string): Promise<number> {
  return tx.run(priceSql.removeAll, { model: storable(model) });
}

export function everHadPrices(db: Queryable): Promise<boolean> {
  return db.one(priceSql.any);
}

export function listMultipliers(db: Queryable): Promise<readonly MultiplierRow[]> {
  return db.all(multiplierSql.all);
}

/** Part of a transaction. */
export async function setMultiplier(tx: Queryable, row: MultiplierRow): Promise<void> {
  await tx.run(multiplierSql.set, { ...row, group: storable(row.group) });
}

/** Part of a transaction. @returns how many there were */
export function removeMultipliers(tx: Queryable, group: string): Promise<number> {
  return tx.run(multiplierSql.remove, { group: storable(group) });
}
