/** Prices and multipliers in PostgreSQL. Every write is in the log, so that other nodes read them again. */
import { multiplierRow, priceColumns, priceRow, priceValues } from '../ledger-rows.ts';
import type { MultiplierRow, NewPrice, PriceRow } from '../ledger-store.ts';
import type { Database, Queryable } from './connection.ts';
import { appendLog } from './revocation-log.ts';
import { storable } from './storable.ts';
import { parameters } from './values.ts';

const priceSql = {
  // One at a time: two prices for the same model from the same moment must not both stay.
  lock: 'LOCK TABLE prices IN SHARE ROW EXCLUSIVE MODE',
  all: 'SELECT * FROM prices WHERE NOT removed ORDER BY model, effective_from',
  byIds: `SELECT prices.* FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (id, place) JOIN prices USING (id)
    ORDER BY place`,
  any: 'SELECT EXISTS (SELECT FROM prices) AS found',
  insert: `INSERT INTO prices (${priceColumns.join(', ')}) VALUES (${parameters(priceColumns, 1)})`,
  removeOne: 'UPDATE prices SET removed = true WHERE model = $1 AND effective_from = $2 AND NOT removed',
  removeAll: 'UPDATE prices SET removed = true WHERE model = $1 AND NOT removed',
} as const;

const multiplierSql = {
  all: 'SELECT * FROM multipliers ORDER BY group_name, effective_from',
  set: `INSERT INTO multipliers (group_name, effective_from, multiplier) VALUES ($1, $2, $3)
    ON CONFLICT (group_name, effective_from) DO UPDATE SET multiplier = excluded.multiplier`,
  remove: 'DELETE FROM multipliers WHERE group_name = $1',
} as const;

/** Those that were not taken back, future ones included, by model and date. */
export async function listPrices(db: Queryable): Promise<readonly PriceRow[]> {
  return (await db.all(priceSql.all)).map(priceRow);
}

/** Also those that were taken back. */
export async function getPrices(db: Queryable, ids: readonly number[]): Promise<readonly PriceRow[]> {
  return (await db.all(priceSql.byIds, ids)).map(priceRow);
}

/** As `LedgerStore.insertPrices`. */
export function insertPrices(db: Database, prices: readonly NewPrice[]): Promise<void> {
  return logged(db, async (tx) => {
    await tx.run(priceSql.lock);
    for (const price of prices) await insertPrice(tx, price);
  });
}

async function insertPrice(tx: Queryable, price: NewPrice): Promise<void> {
  const stored = { ...price, model: storable(price.model), source: storable(price.source) };
  await tx.run(priceSql.removeOne, stored.model, stored.effectiveFrom);
  await tx.run(priceSql.insert, ...priceValues(stored));
}

/** As `LedgerStore.removePrices`. */
export function removePrices(db: Database, model: string): Promise<number> {
  return logged(db, (tx) => tx.run(priceSql.removeAll, storable(model)));
}

export async function everHadPrices(db: Queryable): Promise<boolean> {
  return (await db.one(priceSql.any)).found === true;
}

export async function listMultipliers(db: Queryable): Promise<readonly MultiplierRow[]> {
  return (await db.all(multiplierSql.all)).map(multiplierRow);
}

export function setMultiplier(
  db: Database,
  { group, effectiveFrom, multiplier }: MultiplierRow,
): Promise<void> {
  return logged(db, async (tx) => {
    await tx.run(multiplierSql.set, storable(group), effectiveFrom, multiplier);
  });
}

/** As `LedgerStore.removeMultipliers`. */
export function removeMultipliers(db: Database, group: string): Promise<number> {
  return logged(db, (tx) => tx.run(multiplierSql.remove, storable(group)));
}

function logged<Result>(db: Database, work: (tx: Queryable) => Promise<Result>): Promise<Result> {
  return db.transaction(async (tx) => {
    const result = await work(tx);
    await appendLog(tx, [{ change: { kind: 'prices' } }]);
    return result;
  });
}
