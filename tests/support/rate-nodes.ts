/** Nodes that count the requests of keys together, on a real PostgreSQL whose time is turned by hand. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { FleetRateLimits } from '../../src/access/fleet-rate-limits.ts';
import type { RateOutcome } from '../../src/access/rate-limits.ts';
import type { KeyRateLimits } from '../../src/domain/accounting/rate-limits.ts';
import { ManualClock } from '../../src/platform/clock.ts';
import { HalleyError } from '../../src/platform/errors.ts';
import { Database } from '../../src/store/postgres/connection.ts';
import { PostgresRates } from '../../src/store/postgres/rates.ts';
import type { RateExchange, RateResult, RateStore } from '../../src/store/rate-store.ts';
import { connectionOf, freshDatabase } from './postgres-database.ts';

/** The way to the database: counts, and loses what it is told to. */
export class Line implements RateStore {
  readonly #store: RateStore;
  exchanges = 0;
  /** Corrections that the last exchange carried. */
  corrections = 0;
  underway: Promise<unknown> | undefined;
  /** What becomes of the next exchange. */
  loses: 'nothing' | 'question' | 'answer' = 'nothing';

  constructor(store: RateStore) {
    this.#store = store;
  }

  exchangeRates(exchange: RateExchange): Promise<readonly RateResult[]> {
    this.exchanges += 1;
    this.corrections = exchange.corrections.length;
    const answer = this.#carry(exchange);
    this.underway = answer.catch(() => {}).then(() => (this.underway = undefined));
    return answer;
  }

  async #carry(exchange: RateExchange): Promise<readonly RateResult[]> {
    const { loses } = this;
    this.loses = 'nothing';
    const lost = new HalleyError('store_unavailable');
    if (loses === 'question') throw lost;
    const answers = await this.#store.exchangeRates(exchange);
    if (loses === 'answer') throw lost;
    return answers;
  }
}

/** One node. Its own clock stands still: what counts is the database's. */
export class RateNode {
  readonly clock = new ManualClock(5_000);
  readonly line: Line;
  readonly rates: FleetRateLimits;

  constructor(store: RateStore) {
    this.line = new Line(store);
    this.rates = new FleetRateLimits({ store: this.line, clock: this.clock });
  }

  begin(keyId: number, limits: KeyRateLimits, tokens: number): Promise<RateOutcome> {
    return Promise.resolve(this.rates.begin(keyId, limits, tokens));
  }

  /** Until all that it knows is known to the database. */
  async told(): Promise<void> {
    this.clock.advance(500);
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      while (this.line.underway) await this.line.underway;
    }
  }
}

async function enter(database: Database, processId: string): Promise<void> {
  await database.run(
    `INSERT INTO nodes (process_id, node_id, name, version, incarnation, state, acked, started_at, renewed_at, changed_at)
     VALUES ($1, $1, $1, '1', nextval('incarnations'), 'active', 0, now(), now(), now())`,
    processId,
  );
}

/** Nodes whose database has a time that can be turned; it begins within a second, as edges should differ. */
export async function rateFleet(t: TestContext, nodeCount: number, url?: string) {
  const database = new Database(connectionOf(url ?? (await freshDatabase())));
  t.after(() => database.close());
  const time = new ManualClock(1_800_000_000_250);
  const nodes: RateNode[] = [];
  for (let count = 0; count < nodeCount; count += 1) {
    const processId = `process-${count}`;
    await enter(database, processId);
    nodes.push(new RateNode(new PostgresRates({ database, processId, testTime: () => time.now() })));
  }
  const [one, two] = nodes;
  assert.ok(one && two);
  return { database, time, nodes, one, two };
}
