/** Understands the failures of PostgreSQL and of its driver. */
import pg from 'pg';
import { HalleyError } from '../../platform/errors.ts';
import { isTlsFault } from './tls.ts';

/** Classes of SQLSTATE by which the database is unavailable, rather than a statement wrong. */
const unavailable = /^(?:08|53|57|58|25006|55P03|3D000|28)/;
/** Serialization failure, deadlock. */
export const givenWay: ReadonlySet<string> = new Set(['40001', '40P01']);

const lockNotAvailable = '55P03';

/** The SQLSTATE of an error; empty = it is not one of the database. */
export function codeOf(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.code ?? '') : '';
}

/**
 * A wrong statement is a mistake of this program and keeps its error; every other failure means that the database is
 * unavailable.
 */
export function translated(error: unknown): unknown {
  if (error instanceof HalleyError) return error;
  const code = codeOf(error);
  if (error instanceof pg.DatabaseError && !unavailable.test(code) && !givenWay.has(code)) return error;
  if (!(error instanceof pg.DatabaseError) && !isOfConnection(error)) return error;
  return new HalleyError('store_unavailable', { log: `PostgreSQL: ${String(error)}`, cause: error });
}

/** Whether a transaction was rolled back for the locks of others. */
export function isOfLocks(error: unknown): boolean {
  const code = error instanceof HalleyError ? codeOf(error.cause) : '';
  return code === lockNotAvailable || givenWay.has(code);
}

/** The errors of node-postgres for a broken or slow connection are recognizable only by their text. */
export function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^E[A-Z]+$/.test(code) || isTlsFault(code)) return true;
  if (error instanceof AggregateError) return error.errors.some(isOfConnection);
  return /connection|timeout|timed out|not queryable|client was closed|server closed|SSL|Cannot use a pool/i.test(
    error.message,
  );
}
