/** `exchange_rates` beside the rules in TypeScript, over the same random histories. ACCOUNTING_RUNS = how many. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryRates, sumsOf } from '../../../tests/support/memory-rates.ts';
import { maybeEmpty } from '../../../tests/support/non-empty.ts';
import { rateFleet } from '../../../tests/support/rate-nodes.ts';
import type { KeyRateLimits } from '../../domain/accounting/rate-limits.ts';
import type { RateAsk, RateCancellation, RateCorrection } from '../rate-store.ts';
import { PostgresRates } from './rates.ts';

const runs = Number(process.env.ACCOUNTING_RUNS ?? 30);

const limit = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5 }));
const limits = fc.record({
  requestsPerMinute: limit,
  tokensPerMinute: limit.map((tens) => tens * 40),
  concurrentRequests: limit,
});
const step = fc.record({
  process: fc.nat(2),
  asks: fc.array(fc.record({ key: fc.nat(1), tokens: fc.nat(120) }), { maxLength: 4 }),
  ended: fc.array(fc.record({ of: fc.nat(20), tokens: fc.nat(150), isCancelled: fc.boolean() }), {
    maxLength: 3,
  }),
  /** The answer does not arrive: the caller is refused, and the corrections go with the next exchange too. */
  isLost: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  wait: fc.oneof(
    { weight: 4, arbitrary: fc.nat(3000) },
    { weight: 1, arbitrary: fc.nat(70_000) },
    { weight: 1, arbitrary: fc.integer({ min: 59_000, max: 61_500 }) },
  ),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Running {
  readonly keyId: number;
  readonly second: number;
  readonly estimate: number;
}

/** One process: what it has admitted, and what it has yet to tell. */
class Process {
  readonly id: string;
  number = 0;
  running: Running[] = [];
  corrections: RateCorrection[] = [];

  constructor(id: string) {
    this.id = id;
  }

  /** Ends some requests. @returns the cancelled ones */
  end(ended: Step['ended']): readonly RateCancellation[] {
    const cancelled: RateCancellation[] = [];
    for (const { of, tokens, isCancelled } of ended) {
      const [request] = this.running.splice(of % Math.max(1, this.running.length), 1);
      if (!request) continue;
      const { keyId, second, estimate } = request;
      if (isCancelled) cancelled.push({ keyId, second });
      const more = isCancelled ? -estimate : tokens - estimate;
      if (more !== 0) this.corrections.push({ keyId, second, tokens: more, exchange: this.number + 1 });
    }
    return cancelled;
  }

  runningOf(keyId: number): number {
    return this.running.filter((each) => each.keyId === keyId).length;
  }
}

test('exchange_rates admits, counts and forgets as the rules in TypeScript do', {
  timeout: 60_000 + runs * 1000,
}, async (t) => {
  const names = ['process-0', 'process-1', 'process-2'];
  const { database, time } = await rateFleet(t, names.length);
  const stores = names.map(
    (processId) => new PostgresRates({ database, processId, testTime: () => time.now() }),
  );
  const numbers = names.map(() => 0);
  const memory = new MemoryRates();
  let keys = 0;
  const property = fc.asyncProperty(
    fc.tuple(limits, limits),
    fc.array(step, { maxLength: 30, size: 'max' }),
    async (given, steps) => {
      const processes = names.map((id, place) => Object.assign(new Process(id), { number: numbers[place] }));
      const keyIds = [keys + 1, keys + 2];
      keys += 2;
      for (const each of maybeEmpty(steps)) {
        time.advance(each.wait);
        const process = processes[each.process] as Process;
        const cancelled = process.end(each.ended);
        process.number += 1;
        numbers[each.process] = process.number;
        const asks = each.asks.map(({ key, tokens }): RateAsk => {
          return { keyId: keyIds[key] as number, limits: given[key] as KeyRateLimits, tokens };
        });
        const exchange = {
          number: process.number,
          asks,
          cancelled,
          corrections: [...process.corrections],
          running: keyIds.map((keyId) => ({ keyId, running: process.runningOf(keyId) })),
        };
        const expected = memory.exchange(process.id, exchange, time.now());
        const results = await (stores[each.process] as PostgresRates).exchangeRates(exchange);
        assert.deepEqual(results.map(sumsOf), expected);
        if (each.isLost) continue;
        process.corrections = [];
        const second = Math.floor(time.now() / 1000);
        for (const { keyId, admitted } of results) {
          const own = asks.filter((ask) => ask.keyId === keyId);
          for (const [place, isAdmitted] of admitted.entries()) {
            if (isAdmitted) process.running.push({ keyId, second, estimate: own[place]?.tokens ?? 0 });
          }
        }
      }
    },
  );
  await fc.assert(property, { numRuns: runs });
});
