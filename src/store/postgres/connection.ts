/**
 * Connects to PostgreSQL: a bounded pool, transactions that either commit or leave nothing behind, and the translation
 * of failures into catalogue errors. `bigint` is returned as a number.
 */
import type { Socket } from 'node:net';
import pg from 'pg';
import { HalleyError } from '../../platform/errors.ts';
import type { Parameter, Row } from '../columns.ts';
import type { Given, Statement } from '../statement.ts';
import { codeOf, givenWay, isOfConnection, translated } from './database-errors.ts';
import { withStrictTls } from './tls.ts';

/** Lists are for `ANY` and `unnest`: name their type in the statement, as in `$1::bigint[]`. */
export type Value = Parameter;

/** A statement, or a text that was composed for one question, with `$1`, `$2`, … for the values. */
type Asked = string | Statement<never, unknown>;

/** What statements are run on: the pool, or one transaction. */
export interface Queryable {
  all<Parameters, Result>(
    asked: Statement<Parameters, Result>,
    ...given: Given<Parameters>
  ): Promise<Result[]>;
  all(asked: string, ...values: readonly Value[]): Promise<Row[]>;
  get<Parameters, Result>(
    asked: Statement<Parameters, Result>,
    ...given: Given<Parameters>
  ): Promise<Result | undefined>;
  get(asked: string, ...values: readonly Value[]): Promise<Row | undefined>;
  /** The row of a statement that always has one. */
  one<Parameters, Result>(asked: Statement<Parameters, Result>, ...given: Given<Parameters>): Promise<Result>;
  one(asked: string, ...values: readonly Value[]): Promise<Row>;
  /** @returns how many rows were changed */
  run<Parameters>(asked: Statement<Parameters, unknown>, ...given: Given<Parameters>): Promise<number>;
  run(asked: string, ...values: readonly Value[]): Promise<number>;
}

/** A transaction that ends with its last statements. */
export interface Committing extends Queryable {
  /**
   * Sends the last statements and the commit without waiting in between, so that their locks last no longer than the
   * database needs. Once, on a pipelining pool.
   * @param send sends every statement before it waits for any
   */
  commitWith<Result>(send: () => Promise<Result>): Promise<Result>;
}

/** A transaction in two steps. */
export interface TwoSteps<Locked, Result> {
  /** The statements that open it. */
  readonly begin: string;
  /** Only reads and locks: its statements are sent together with `begin`. */
  readonly lock: (tx: Queryable) => Promise<Locked>;
  readonly write: (tx: Committing, locked: Locked) => Promise<Result>;
}

export interface ConnectionOptions {
  /** `postgres://user:password@host:port/database`. It holds a secret. */
  readonly url: string;
  /** The most connections at a time; further statements wait for one. */
  readonly poolMax: number;
  /** How long one statement may take, and how long one may wait for a connection, in milliseconds. */
  readonly statementMs: number;
  readonly connectMs: number;
  /** How long an answer may take beyond `statementMs`, in milliseconds. */
  readonly answerMs?: number;
  /** Whether statements are sent without waiting for the answers of those before them. */
  readonly pipeline?: boolean;
  /** The name by which the database lists this program. */
  readonly applicationName: string;
  /** Called when an idle connection breaks. */
  readonly onLost?: (error: Error) => void;
}

/** How often a transaction is tried that conflicts with another one. */
const triesMax = 5;

/** The default of `answerMs`. */
const answerMsUsual = 500;

const int8 = 20;
const numeric = 1700;
const bytea = 17;
/** Copied, so that a stored digest does not keep the driver's buffers in memory. */
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex.slice(2), 'hex'));
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === int8 || oid === numeric) return Number;
    return oid === bytea ? bytesOf : pg.types.getTypeParser(oid, format);
  },
};

/** The query methods, over the one method that sends statements. */
abstract class Statements implements Queryable {
  protected abstract send(sql: string, values: readonly Value[]): Promise<pg.QueryResult<Row>>;

  all<Parameters, Result>(
    asked: Statement<Parameters, Result>,
    ...given: Given<Parameters>
  ): Promise<Result[]>;
  all(asked: string, ...values: readonly Value[]): Promise<Row[]>;
  async all(asked: Asked, ...given: readonly unknown[]): Promise<unknown[]> {
    const { rows } = await this.#send(asked, given);
    return typeof asked === 'string' ? rows : rows.map(asked.read);
  }

  get<Parameters, Result>(
    asked: Statement<Parameters, Result>,
    ...given: Given<Parameters>
  ): Promise<Result | undefined>;
  get(asked: string, ...values: readonly Value[]): Promise<Row | undefined>;
  async get(asked: Asked, ...given: readonly unknown[]): Promise<unknown> {
    const [row] = (await this.#send(asked, given)).rows;
    return row && readRow(asked, row);
  }

  one<Parameters, Result>(asked: Statement<Parameters, Result>, ...given: Given<Parameters>): Promise<Result>;
  one(asked: string, ...values: readonly Value[]): Promise<Row>;
  async one(asked: Asked, ...given: readonly unknown[]): Promise<unknown> {
    return readRow(asked, onlyRow((await this.#send(asked, given)).rows, textOf(asked)));
  }

  run<Parameters>(asked: Statement<Parameters, unknown>, ...given: Given<Parameters>): Promise<number>;
  run(asked: string, ...values: readonly Value[]): Promise<number>;
  async run(asked: Asked, ...given: readonly unknown[]): Promise<number> {
    return (await this.#send(asked, given)).rowCount ?? 0;
  }

  #send(asked: Asked, given: readonly unknown[]): Promise<pg.QueryResult<Row>> {
    return this.send(textOf(asked), valuesOf(asked, given));
  }
}

export class Database extends Statements {
  readonly #pool: pg.Pool;
  #statements = 0;

  constructor(options: ConnectionOptions) {
    super();
    const {
      url,
      poolMax,
      statementMs,
      connectMs,
      answerMs = answerMsUsual,
      applicationName,
      pipeline = false,
      onLost,
    } = options;
    this.#pool = new pg.Pool({
      connectionString: withStrictTls(url),
      max: poolMax,
      connectionTimeoutMillis: connectMs,
      idleTimeoutMillis: 60_000,
      statement_timeout: statementMs,
      // The database's own timeout does not help when the network drops every packet.
      query_timeout: statementMs + answerMs,
      idle_in_transaction_session_timeout: 2 * statementMs,
      keepAlive: true,
      application_name: applicationName,
      pipeline,
      types,
    } as pg.PoolConfig);
    // Without a listener a connection that breaks while idle would end the process.
    this.#pool.on('error', (error) => onLost?.(error));
    // So would one that breaks between two statements of a transaction: the next one fails by it.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** Statements sent so far, those that open and close transactions included. */
  get statements(): number {
    return this.#statements;
  }

  /** As `one`, for a statement that takes locks: it is tried again after a conflict with another transaction. */
  async call<Parameters, Result>(
    { postgres: sql, bind, read }: Statement<Parameters, Result>,
    parameters: NoInfer<Parameters>,
  ): Promise<Result> {
    const values = sendable(bind(parameters));
    const result = await this.#untilThrough(() => {
      this.#statements += 1;
      return this.#pool.query<Row>(sql, values);
    });
    return read(onlyRow(result.rows, sql));
  }

  protected async send(sql: string, values: readonly Value[]): Promise<pg.QueryResult<Row>> {
    this.#statements += 1;
    try {
      return await this.#pool.query<Row>(sql, sendable(values));
    } catch (error) {
      throw translated(error);
    }
  }

  /**
   * Runs `work` as one transaction (read committed). After a failure nothing of it stays; after a conflict with another
   * transaction it is tried again, so `work` must have no effect outside the database.
   * @param begin the statement that opens it
   * @throws HalleyError('store_unavailable'); its log text says when it is unknown whether the transaction was
   * committed
   */
  transaction<Result>(work: (tx: Queryable) => Promise<Result>, begin = 'BEGIN'): Promise<Result> {
    return this.#untilThrough(() =>
      this.#attempt(async (tx) => {
        await tx.run(begin);
        return work(tx);
      }),
    );
  }

  /** As `transaction`, with fewer waits, on a pipelining pool. */
  inTwoSteps<Locked, Result>({ begin, lock, write }: TwoSteps<Locked, Result>): Promise<Result> {
    return this.#untilThrough(() =>
      this.#attempt(async (tx) => {
        // Should `begin` fail, the locks are gone as soon as they are taken.
        const [, locked] = await Promise.all([tx.run(begin), lock(tx)]);
        return write(tx, locked);
      }),
    );
  }

  /**
   * Runs `work` on one snapshot of the database.
   * @param statementMs the timeout of each of its statements, in milliseconds; undefined = the ordinary one
   */
  snapshot<Result>(work: (tx: Queryable) => Promise<Result>, statementMs?: number): Promise<Result> {
    const begin = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
    return this.#untilThrough(() =>
      this.#attempt(async (tx) => {
        await tx.run(begin);
        if (statementMs !== undefined) await tx.run(`SET LOCAL statement_timeout = ${statementMs}`);
        return work(tx);
      }, statementMs),
    );
  }

  async #untilThrough<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (tries >= triesMax || !givenWay.has(codeOf(error))) throw translated(error);
      }
    }
  }

  async #attempt<Result>(steps: (tx: Transaction) => Promise<Result>, statementMs?: number): Promise<Result> {
    const client = await this.#pool.connect();
    const counted = () => {
      this.#statements += 1;
    };
    const transaction = new Transaction(client, counted, statementMs);
    try {
      const result = await steps(transaction);
      await transaction.commit();
      client.release();
      return result;
    } catch (error) {
      transaction.end();
      // Closing a connection rolls back too, and does not wait for a server that may never answer.
      if (isOfConnection(error)) client.release(true);
      else
        await client.query('ROLLBACK').then(
          () => client.release(),
          () => client.release(true),
        );
      if (transaction.isCommitting && codeOf(error) === '') {
        throw new HalleyError('store_unavailable', {
          log: `a transaction may or may not have been committed: ${String(error)}`,
          cause: error,
        });
      }
      throw error;
    }
  }

  /** Opens a dedicated connection, for LISTEN; the caller must `end` it. */
  async connect(options: ConnectionOptions): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: withStrictTls(options.url),
      connectionTimeoutMillis: options.connectMs,
      keepAlive: true,
      application_name: options.applicationName,
    });
    await client.connect();
    return client;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

class Transaction extends Statements implements Committing {
  readonly #client: pg.PoolClient;
  readonly #counted: () => void;
  readonly #statementMs: number | undefined;
  #committing: Promise<void> | undefined;
  #hasEnded = false;
  #isGathering = false;
  /** Of the first statement that failed. */
  #failure: unknown;

  constructor(client: pg.PoolClient, counted: () => void, statementMs: number | undefined) {
    super();
    this.#client = client;
    this.#counted = counted;
    this.#statementMs = statementMs;
  }

  /** Whether the commit was sent. */
  get isCommitting(): boolean {
    return this.#committing !== undefined;
  }

  /** Commits, unless that was done. */
  commit(): Promise<void> {
    this.#committing ??= this.#commit();
    return this.#committing;
  }

  async #commit(): Promise<void> {
    const committed = this.send('COMMIT', []);
    this.end();
    const { command } = await committed;
    // The database answers so when a statement before it has failed.
    if (command === 'ROLLBACK') throw this.#failure ?? new Error('the transaction was rolled back');
  }

  async commitWith<Result>(send: () => Promise<Result>): Promise<Result> {
    const sent = send();
    const [result] = await Promise.all([sent, this.commit()]);
    return result;
  }

  /** Passes what is sent in this turn to the operating system at once. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    const { stream } = (this.#client as unknown as { connection: { stream: Socket } }).connection;
    stream.cork();
    queueMicrotask(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }

  /** What is sent from now on would be no part of it. */
  end(): void {
    this.#hasEnded = true;
  }

  protected async send(sql: string, values: readonly Value[]): Promise<pg.QueryResult<Row>> {
    if (this.#hasEnded) throw new Error('the transaction has ended');
    this.#counted();
    const timeout =
      this.#statementMs === undefined ? {} : { query_timeout: this.#statementMs + answerMsUsual };
    this.#gather();
    try {
      return await this.#client.query<Row>({ text: sql, values: sendable(values), ...timeout });
    } catch (error) {
      // Those behind it fail for its sake alone.
      this.#failure ??= error;
      throw this.#failure;
    }
  }
}

const textOf = (asked: Asked): string => (typeof asked === 'string' ? asked : asked.postgres);

function valuesOf(asked: Asked, given: readonly unknown[]): readonly Value[] {
  if (typeof asked === 'string') return given as readonly Value[];
  const [parameters = {}] = given;
  return asked.bind(parameters as never);
}

const readRow = (asked: Asked, row: Row): unknown => (typeof asked === 'string' ? row : asked.read(row));

function onlyRow(rows: readonly Row[], sql: string): Row {
  const [row] = rows;
  if (!row) throw new Error(`no row from: ${sql}`);
  return row;
}

/** The driver takes bytes as Buffers only. */
function sendable(values: readonly Value[]): unknown[] {
  const bytes = (value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
  return values.map((value) => (Array.isArray(value) ? value.map(bytes) : bytes(value)));
}
