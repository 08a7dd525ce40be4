/**
 * Connects to the SQLite database: prepared statements, transactions that either commit or leave nothing behind, and
 * the translation of failures into catalogue errors.
 */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { HalleyError } from '../../platform/errors.ts';
import type { Given, Statement } from '../statement.ts';

export type Row = Record<string, SQLOutputValue>;
export type Value = SQLInputValue;

/**
 * How long a statement waits for a lock that another program holds, in milliseconds. Short, because the
 * driver is synchronous: while it waits, nothing else runs in this process.
 */
const lockWaitMs = 100;

/**
 * The size that the write-ahead log is cut to when it starts again, in bytes: what SQLite lets it grow to in ordinary
 * use.
 */
const logBytesKept = 4 * 1024 * 1024;

/**
 * Primary result code of SQLite for a violated constraint: a mistake of this program, not a failure of the database.
 */
const sqliteConstraint = 19;

/** A statement, or a text that was composed for one question, with `?` for each value. */
type Asked = string | Statement<never, unknown>;

export class Connection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #durable = true;

  /**
   * @param waitMs how long a statement waits for a lock that another connection holds
   * @param readOnly whether nothing but its own temporary tables can be written
   */
  constructor(path: string, waitMs: number = lockWaitMs, readOnly = false) {
    this.#database = guarded(() => new DatabaseSync(path, { timeout: waitMs, readOnly }));
    // A reader takes the file as it is, such as one that was just restored.
    if (!readOnly && this.one('PRAGMA journal_mode = WAL').journal_mode !== 'wal') {
      this.close();
      const message = `${path} cannot be used: its file system does not support SQLite's write-ahead log.`;
      throw new HalleyError('store_unavailable', { message: `${message} Put the data on a local disk.` });
    }
    // Deleted values are overwritten with zeros, so that a sealed key value is really gone: from the database
    // file at the next checkpoint, from the write-ahead log when its old pages are overwritten or cut off.
    this.exec(`PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;
      PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = ${logBytesKept};`);
  }

  /** Whether later commits are on the disk when they return; otherwise a power cut can undo them. */
  setDurable(durable: boolean): void {
    if (durable === this.#durable) return;
    this.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
    this.#durable = durable;
  }

  /** The first row, or undefined. Statements are prepared once: keep texts constant. */
  get<Parameters, Result>(
    asked: Statement<Parameters, Result>,
    ...given: Given<Parameters>
  ): Result | undefined;
  get(asked: string, ...values: readonly Value[]): Row | undefined;
  get(asked: Asked, ...given: readonly unknown[]): unknown {
    const row = guarded(() => this.#prepared(asked).get(...valuesOf(asked, given)));
    return row && readRow(asked, row);
  }

  /** The row of a statement that always has one, such as a count or an insertion that returns it. */
  one<Parameters, Result>(asked: Statement<Parameters, Result>, ...given: Given<Parameters>): Result;
  one(asked: string, ...values: readonly Value[]): Row;
  one(asked: Asked, ...given: readonly unknown[]): unknown {
    const row = guarded(() => this.#prepared(asked).get(...valuesOf(asked, given)));
    if (!row) throw new Error(`no row from: ${textOf(asked)}`);
    return readRow(asked, row);
  }

  all<Parameters, Result>(asked: Statement<Parameters, Result>, ...given: Given<Parameters>): Result[];
  all(asked: string, ...values: readonly Value[]): Row[];
  all(asked: Asked, ...given: readonly unknown[]): unknown[] {
    const rows = guarded(() => this.#prepared(asked).all(...valuesOf(asked, given)));
    return typeof asked === 'string' ? rows : rows.map(asked.read);
  }

  /** The rows one by one, each read when it is requested; for statements that are not worth keeping. */
  *each(sql: string): Generator<Row> {
    const rows = guarded(() => this.#database.prepare(sql).iterate());
    for (let next = guarded(() => rows.next()); next.done !== true; next = guarded(() => rows.next())) {
      yield next.value;
    }
  }

  /** @returns how many rows were changed */
  run<Parameters>(asked: Statement<Parameters, unknown>, ...given: Given<Parameters>): number;
  run(asked: string, ...values: readonly Value[]): number;
  run(asked: Asked, ...given: readonly unknown[]): number {
    return guarded(() => Number(this.#prepared(asked).run(...valuesOf(asked, given)).changes));
  }

  /** Runs statements that are not worth keeping. */
  exec(sql: string): void {
    guarded(() => this.#database.exec(sql));
  }

  /**
   * Runs `work` as one transaction that holds the write lock from its start. When anything fails, the
   * commit included, nothing of it is left and the connection can be used again.
   */
  transaction<Result>(work: () => Result): Result {
    return this.#inTransaction('BEGIN IMMEDIATE', work);
  }

  /** Runs reads of `work` on one snapshot of the database. */
  readSnapshot<Result>(work: () => Result): Result {
    return this.#inTransaction('BEGIN', work);
  }

  #inTransaction<Result>(begin: string, work: () => Result): Result {
    this.#rollBack();
    this.exec(begin);
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      try {
        this.#rollBack();
      } catch (rollbackError) {
        throw new HalleyError('store_unavailable', {
          log: `${logText(error)}; rolling back failed too, the outcome is unknown: ${logText(rollbackError)}`,
          cause: error,
        });
      }
      throw error;
    }
  }

  /** After some failures SQLite has rolled back already. */
  #rollBack(): void {
    if (this.#database.isOpen && this.#database.isTransaction) this.exec('ROLLBACK');
  }

  #prepared(asked: Asked): StatementSync {
    const text = textOf(asked);
    const known = this.#statements.get(text);
    if (known) return known;
    const statement = this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

const textOf = (asked: Asked): string => (typeof asked === 'string' ? asked : asked.sqlite);

/** SQLite has no booleans: they are 0 and 1. */
function valuesOf(asked: Asked, given: readonly unknown[]): readonly Value[] {
  if (typeof asked === 'string') return given as readonly Value[];
  const [parameters = {}] = given;
  const values = asked.bind(parameters as never);
  return values.map((value) => (typeof value === 'boolean' ? Number(value) : value) as Value);
}

const readRow = (asked: Asked, row: Row): unknown => (typeof asked === 'string' ? row : asked.read(row));

/** Every failure of SQLite, except a wrong statement, is `store_unavailable`. */
function guarded<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || !isFailureOfTheDatabase(error)) throw error;
    throw new HalleyError('store_unavailable', { log: logText(error), cause: error });
  }
}

function isFailureOfTheDatabase(error: Error & { code?: unknown; errcode?: unknown }): boolean {
  if (error.code === 'ERR_INVALID_STATE') return true; // The connection is closed.
  if (error.code !== 'ERR_SQLITE_ERROR') return false;
  // The low byte is the primary code; 1 is the generic error of wrong SQL.
  const primary = Number(error.errcode) & 0xff;
  return primary !== 1 && primary !== sqliteConstraint;
}

function logText(error: unknown): string {
  if (error instanceof HalleyError) return error.log ?? error.message;
  if (!(error instanceof Error)) return String(error);
  const code = 'errcode' in error ? ` (SQLite result code ${String(error.errcode)})` : '';
  return `${error.message}${code}`;
}
