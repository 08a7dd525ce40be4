/** What the processes of a fleet count together, in PostgreSQL: each exchange is one call of one function. */
import { HalleyError } from '../../platform/errors.ts';
import type { Row } from '../columns.ts';
import type { RateCancellation, RateExchange, RateResult, RateStore } from '../rate-store.ts';
import type { Queryable } from './connection.ts';

export interface PostgresRatesOptions {
  readonly database: Queryable;
  /** As this process is registered in the fleet. */
  readonly processId: string;
  /** Milliseconds since 1970 UTC, for tests to turn; without it the database's clock counts. */
  readonly testTime?: () => number;
}

const callSql = `SELECT * FROM exchange_rates(
  $1, $2, $3::bigint[], $4::bigint[],
  $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
  $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint)`;

/*
 * What process $3 has counted is there as long as its row is: after a crash of the database neither is.
 * One key at a time, so that it can wait for no other lock.
 */
const cancelSql = `UPDATE key_rates SET requests = coalesce((
    SELECT array_agg(greatest(0, counted - coalesce(cancelled, 0)) ORDER BY place)
    FROM unnest(seconds, requests) WITH ORDINALITY AS each (second, counted, place)
    LEFT JOIN (
      SELECT second, count(*) AS cancelled FROM unnest($2::bigint[]) AS one (second) GROUP BY second
    ) AS back USING (second)
  ), '{}')
  WHERE key_id = $1 AND EXISTS (SELECT 1 FROM rate_exchanges WHERE process_id = $3)`;

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
    const rows = await this.#database.all(
      callSql,
      this.#processId,
      number,
      running.map(({ keyId }) => keyId),
      running.map((each) => each.running),
      asks.map(({ keyId }) => keyId),
      asks.map(({ limits }) => limits.requestsPerMinute),
      asks.map(({ limits }) => limits.tokensPerMinute),
      asks.map(({ limits }) => limits.concurrentRequests),
      asks.map(({ tokens }) => tokens),
      corrections.map(({ keyId }) => keyId),
      corrections.map(({ second }) => second),
      corrections.map(({ tokens }) => tokens),
      corrections.map(({ exchange }) => exchange),
      this.#testTime?.() ?? null,
    );
    if (rows.length === running.length) return rows.map(answerOf);
    throw new HalleyError('store_unavailable', {
      log: `limits: process ${this.#processId} is not in the fleet, or exchange ${number} came late`,
    });
  }

  async #cancel(cancelled: readonly RateCancellation[]): Promise<void> {
    const byKey = Map.groupBy(cancelled, ({ keyId }) => keyId);
    for (const [keyId, each] of byKey) {
      const seconds = each.map(({ second }) => second);
      await this.#database.run(cancelSql, keyId, seconds, this.#processId);
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
