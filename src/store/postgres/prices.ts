/** Prices and multipliers in PostgreSQL. Every write is in the log, so that other nodes read them again. */
import { list } from '../columns.ts';
import type { MultiplierRow, NewPrice, PriceRow } from '../ledger-store.ts';
import { statement } from '../statement.ts';
import { multiplierSql, priceRow, priceSql } from '../statements/ledger.ts';
import { prices } from '../tables.ts';
import type { Database, Queryable } from './connection.ts';
import { appendLog } from './revocation-log.ts';
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

/** As `LedgerStore.insertPrices`. */
export function insertPrices(db: Database, newPrices: readonly NewPrice[]): Promise<void> {
  return logged(db, async (tx) => {
    await tx.run(lock);
    for (const price of newPrices) await insertPrice(tx, price);
  });
}

async function insertPrice(tx: Queryable, price: NewPrice): Promise<void> {
  const stored = { ...price, model: storable(price.model), source: storable(price.source) };
  await tx.run(priceSql.removeOne, stored);
  await tx.run(priceSql.insert, stored);
}

/** As `LedgerStore.removePrices`. */
export function removePrices(db: Database, model: string): Promise<number> {
  return logged(db, (tx) => tx.run(priceSql.removeAll, { model: storable(model) }));
}

export function everHadPrices(db: Queryable): Promise<boolean> {
  return db.one(priceSql.any);
}

export function listMultipliers(db: Queryable): Promise<readonly MultiplierRow[]> {
  return db.all(multiplierSql.all);
}

export function setMultiplier(db: Database, row: MultiplierRow): Promise<void> {
  return logged(db, async (tx) => {
    await tx.run(multiplierSql.set, { ...row, group: storable(row.group) });
  });
}

/** As `LedgerStore.removeMultipliers`. */
export function removeMultipliers(db: Database, group: string): Promise<number> {
  return logged(db, (tx) => tx.run(multiplierSql.remove, { group: storable(group) }));
}

function logged<Result>(db: Database, work: (tx: Queryable) => Promise<Result>): Promise<Result> {
  return db.transaction(async (tx) => {
    const result = await work(tx);
    await appendLog(tx, [{ change: { kind: 'prices' } }]);
    return result;
  });
}
