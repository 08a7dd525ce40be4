/** What the processes of a fleet count together, in PostgreSQL: each exchange is one call of one function. */
import { HalleyError } from '../../platform/errors.ts';
import { integer, list, optional, type Row, text } from '../columns.ts';
import type { RateCancellation, RateExchange, RateResult, RateStore } from '../rate-store.ts';
import { statement } from '../statement.ts';
import type { Queryable } from './connection.ts';

export interface PostgresRatesOptions {
  readonly database: Queryable;
  /** As this process is registered in the fleet. */
  readonly processId: string;
  /** Milliseconds since 1970 UTC, for tests to turn; without it the database's clock counts. */
  readonly testTime?: () => number;
}

const numbers = list(integer());

const exchangeSql = statement(
  {
    process: text(),
    exchange: integer(),
    runningKeys: numbers,
    running: numbers,
    askKeys: numbers,
    askRequests: numbers,
    askTokens: numbers,
    askConcurrent: numbers,
    askEstimates: numbers,
    freedKeys: numbers,
    freedSeconds: numbers,
    freedTokens: numbers,
    freedExchanges: numbers,
    atMs: optional(integer()),
  },
  `SELECT * FROM exchange_rates(process => :process, exchange => :exchange,
    touched_keys => :runningKeys::bigint[], touched_running => :running::bigint[],
    ask_keys => :askKeys::bigint[], ask_requests => :askRequests::bigint[], ask_tokens => :askTokens::bigint[],
    ask_concurrent => :askConcurrent::bigint[], ask_estimates => :askEstimates::bigint[],
    freed_keys => :freedKeys::bigint[], freed_seconds => :freedSeconds::bigint[],
    freed_tokens => :freedTokens::bigint[], freed_exchanges => :freedExchanges::bigint[], at_ms => :atMs::bigint)`,
  answerOf,
);

/*
 * What a process has counted is there as long as its row is: after a crash of the database neither is.
 * One key at a time, so that it can wait for no other lock.
 */
const cancelSql = statement(
  { keyId: integer(), seconds: numbers, process: text() },
  `UPDATE key_rates SET requests = coalesce((
      SELECT array_agg(greatest(0, counted - coalesce(cancelled, 0)) ORDER BY position)
      FROM unnest(seconds, requests) WITH ORDINALITY AS each (second, counted, position)
      LEFT JOIN (
        SELECT second, count(*) AS cancelled FROM unnest(:seconds::bigint[]) AS one (second) GROUP BY second
      ) AS back USING (second)
    ), '{}')
    WHERE key_id = :keyId AND EXISTS (SELECT 1 FROM rate_exchanges WHERE process_id = :process)`,
);

export class PostgresRates implements RateStore {
  readonly #database: Queryable;
  readonly #processId: string;
  readonly #testTime: (() => number) | undefined;

  constructor({ database, processId, testTime }: PostgresRatesOptions) {
    this.#database = database;
    this.#processId = processId;
    this.#testTime = testTime;
  }

  async exchangeRates(exchange: RateExchange): Promise<readonly RateResult[]> {
    const { number, asks, cancelled, corrections, running } = exchange;
    await this.#cancel(cancelled);
    const results = await this.#database.all(exchangeSql, {
      process: this.#processId,
      exchange: number,
      runningKeys: running.map(({ keyId }) => keyId),
      running: running.map((each) => each.running),
      askKeys: asks.map(({ keyId }) => keyId),
      askRequests: asks.map(({ limits }) => limits.requestsPerMinute),
      askTokens: asks.map(({ limits }) => limits.tokensPerMinute),
      askConcurrent: asks.map(({ limits }) => limits.concurrentRequests),
      askEstimates: asks.map(({ tokens }) => tokens),
      freedKeys: corrections.map(({ keyId }) => keyId),
      freedSeconds: corrections.map(({ second }) => second),
      freedTokens: corrections.map(({ tokens }) => tokens),
      freedExchanges: corrections.map(({ exchange }) => exchange),
      atMs: this.#testTime?.() ?? null,
    });
    if (results.length === running.length) return results;
    throw new HalleyError('store_unavailable', {
      log: `limits: process ${this.#processId} is not in the fleet, or exchange ${number} came late`,
    });
  }

  async #cancel(cancelled: readonly RateCancellation[]): Promise<void> {
    const byKey = Map.groupBy(cancelled, ({ keyId }) => keyId);
    for (const [keyId, each] of byKey) {
      const seconds = each.map(({ second }) => second);
      await this.#database.run(cancelSql, { keyId, seconds, process: this.#processId });
    }
  }
}

function answerOf(row: Row): RateResult {
  const [seconds, requests, tokens] = [row.seconds_counted, row.requests_counted, row.tokens_counted].map(
    (list) => (list as readonly (string | number)[]).map(Number),
  );
  return {
    keyId: row.key as number,
    nowMs: row.now_ms as number,
    counts: (seconds ?? []).map((second, at) => ({
      second,
      requests: requests?.[at] ?? 0,
      tokens: tokens?.[at] ?? 0,
    })),
    running: row.running_counted as number,
    admitted: row.admitted as readonly boolean[],
  };
}
