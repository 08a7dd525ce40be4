/** The SQLite database that a migration reads: locked, so that no gateway uses it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HalleyError } from '../../platform/errors.ts';
import type { ColumnKind } from '../columns.ts';
import type { LedgerDifference } from '../ledger-store.ts';
import type { SecretState } from '../secret-order.ts';
import { Connection } from '../sqlite/connection.ts';
import { applyDeferred } from '../sqlite/deferred-settlements.ts';
import { lockDirectory } from '../sqlite/directory-lock.ts';
import { requireCurrentSchema } from '../sqlite/migrate.ts';
import { databaseFileName } from '../sqlite/open.ts';
import { readSecretState } from '../sqlite/sealed.ts';
import { findLedgerDifferences } from '../sqlite/verification.ts';
import type { Figures, TransferTable } from './tables.ts';

const lockWaitMs = 10_000;

export interface TransferSource {
  /** Each row as a JSON array in the order of the columns, bytes as hexadecimal digits; read as they are asked for. */
  rows(table: TransferTable): Iterable<string>;
  figures(table: TransferTable): Figures;
  /** The highest id that a table ever gave, even if the row was deleted. */
  lastId(table: TransferTable): number;
  /** Undefined = nothing is sealed yet. */
  secretState(): SecretState | undefined;
  /** Requests with a reservation: those of a gateway that did not end in order. */
  reservations(): number;
  findLedgerDifferences(limit: number): readonly LedgerDifference[];
  close(): void;
}

/**
 * @param dir the data directory
 * @throws HalleyError('store_unavailable') when there is none, a gateway uses it, or it is of another version
 */
export function openTransferSource(dir: string): TransferSource {
  const path = join(dir, databaseFileName);
  if (!existsSync(path))
    throw new HalleyError('store_unavailable', { message: `There is no database ${path}.` });
  const lock = lockDirectory(dir);
  let connection: Connection | undefined;
  const close = () => {
    connection?.close();
    lock.release();
  };
  try {
    applyLeft(path);
    connection = new Connection(path, lockWaitMs, true);
    // The lock keeps gateways away; this transaction ignores any other writer.
    connection.exec('BEGIN');
    return sourceOn(connection, close);
  } catch (error) {
    close();
    throw error;
  }
}

/** Settlements that a gateway had deferred when it was killed belong to the records. */
function applyLeft(path: string): void {
  const connection = new Connection(path, lockWaitMs);
  try {
    requireCurrentSchema(connection, path);
    applyDeferred(connection);
  } finally {
    connection.close();
  }
}

function sourceOn(connection: Connection, close: () => void): TransferSource {
  return {
    *rows({ name, columns }) {
      const values = Object.entries(columns).map(([column, kind]) => asJson(column, kind));
      for (const { row } of connection.each(`SELECT json_array(${values.join(', ')}) AS row FROM ${name}`)) {
        yield String(row);
      }
    },
    figures({ name, columns }) {
      const parts = Object.entries(columns).map(([column, kind]) => figuresOf(column, kind));
      const row = connection.one(`SELECT count(*) AS rows, ${parts.join(', ')} FROM ${name}`);
      return new Map([
        ['rows', String(row.rows)],
        ...Object.keys(columns).flatMap((column): [string, string][] => {
          const sum = BigInt(String(row[`${column}_high`])) * halfBase + BigInt(String(row[`${column}_low`]));
          return [
            [`count of ${column}`, String(row[`${column}_count`])],
            [`sum of ${column}`, String(sum)],
          ];
        }),
      ]);
    },
    lastId({ name }) {
      return Number(connection.get('SELECT seq FROM sqlite_sequence WHERE name = ?', name)?.seq ?? 0);
    },
    secretState: () => readSecretState(connection),
    reservations: () => Number(connection.one('SELECT count(*) AS held FROM reservations').held),
    findLedgerDifferences: (limit) => findLedgerDifferences(connection, limit),
    close,
  };
}

function asJson(column: string, kind: ColumnKind): string {
  return kind === 'bytes' ? `iif(${column} IS NULL, NULL, hex(${column}))` : column;
}

/** Sums are computed in two halves, because SQLite refuses those beyond 63 bits. */
const halfBase = 2n ** 31n;

function figuresOf(column: string, kind: ColumnKind): string {
  const value = kind === 'integer' || kind === 'boolean' ? column : `octet_length(${column})`;
  const sum = (half: string) => `CAST(coalesce(sum(${half}), 0) AS TEXT)`;
  return `count(${column}) AS ${column}_count, ${sum(`${value} >> 31`)} AS ${column}_high,
    ${sum(`${value} & 2147483647`)} AS ${column}_low`;
}
