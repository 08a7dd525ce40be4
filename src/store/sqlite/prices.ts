/** Prices and multipliers in SQLite. Writes here are parts of transactions that the engine opens. */
import type { MultiplierRow, NewPrice, PriceRow } from '../ledger-store.ts';
import type { Connection, Row } from './connection.ts';

const rateColumns = [
  'input',
  'cached_input',
  'cache_write',
  'audio_input',
  'image_input',
  'output',
  'reasoning',
  'audio_output',
  'image_output',
  'request',
  'image',
] as const;
const columns = ['model', 'effective_from', ...rateColumns, 'source', 'created_at'];

const priceSql = {
  all: 'SELECT * FROM prices WHERE NOT removed ORDER BY model, effective_from',
  byId: 'SELECT * FROM prices WHERE id = ?',
  any: 'SELECT EXISTS (SELECT 1 FROM prices) AS found',
  insert: `INSERT INTO prices (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
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
    connection.run(
      priceSql.insert,
      price.model,
      price.effectiveFrom,
      price.input,
      price.cachedInput,
      price.cacheWrite,
      price.audioInput,
      price.imageInput,
      price.output,
      price.reasoning,
      price.audioOutput,
      price.imageOutput,
      price.request,
      price.image,
      price.source,
      price.createdAt,
    );
  }
}

export function removePrices(connection: Connection, model: string): number {
  return connection.run(priceSql.removeAll, model);
}

export function everHadPrices(connection: Connection): boolean {
  return connection.one(priceSql.any).found === 1;
}

export function listMultipliers(connection: Connection): readonly MultiplierRow[] {
  return connection.all(multiplierSql.all).map((row) => ({
    group: row.group_name as string,
    effectiveFrom: row.effective_from as number,
    multiplier: row.multiplier as number,
  }));
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

// The tables are STRICT, so that the types of their columns are certain.
function priceRow(row: Row): PriceRow {
  return {
    id: row.id as number,
    model: row.model as string,
    effectiveFrom: row.effective_from as number,
    input: row.input as number,
    cachedInput: row.cached_input as number | null,
    cacheWrite: row.cache_write as number | null,
    audioInput: row.audio_input as number | null,
    imageInput: row.image_input as number | null,
    output: row.output as number,
    reasoning: row.reasoning as number | null,
    audioOutput: row.audio_output as number | null,
    imageOutput: row.image_output as number | null,
    request: row.request as number,
    image: row.image as number,
    source: row.source as string,
    createdAt: row.created_at as number,
  };
}
