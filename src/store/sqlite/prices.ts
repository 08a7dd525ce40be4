/** Prices and multipliers in SQLite. Writes here are parts of transactions that the engine opens. */
import type { MultiplierRow, NewPrice, PriceRow } from '../ledger-store.ts';
import type { Connection } from './connection.ts';

export declare function listPrices(connection: Connection): readonly PriceRow[];
export declare function getPrices(connection: Connection, ids: readonly number[]): readonly PriceRow[];
/** Part of a transaction. */
export declare function insertPrices(connection: Connection, prices: readonly NewPrice[]): void;
export declare function removePrices(connection: Connection, model: string): number;
export declare function everHadPrices(connection: Connection): boolean;
export declare function listMultipliers(connection: Connection): readonly MultiplierRow[];
export declare function setMultiplier(connection: Connection, row: MultiplierRow): void;
export declare function removeMultipliers(connection: Connection, group: string): number;
