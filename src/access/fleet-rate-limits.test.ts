import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty } from '../../tests/support/non-empty.ts';
import { startPostgres } from '../../tests/support/postgres.ts';
import { connectionOf } from '../../tests/support/postgres-database.ts';
import { RateNode, rateFleet } from '../../tests/support/rate-nodes.ts';
import type { KeyRateLimits, RateRefusal } from '../domain/accounting/rate-limits.ts';
import { HalleyError } from '../platform/errors.ts';
import { Database } from '../store/postgres/connection.ts';
import { migrate } from '../store/postgres/migrate.ts';
import { PostgresRates } from '../store/postgres/rates.ts';
import type { RateOutcome, RunningSlot } from './rate-limits.ts';

const none: KeyRateLimits = { requestsPerMinute: 0, tokensPerMinute: 0, concurrentRequests: 0 };
const limited = (fields: Partial<KeyRateLimits>): KeyRateLimits => ({ ...none, ...fields });

function admitted(outcome: RateOutcome): RunningSlot {
  assert.ok(outcome.admitted, JSON.stringify(outcome));
  return outcome;
}

function refused(outcome: RateOutcome): RateRefusal {
  assert.ok(!outcome.admitted, 'it was admitted');
  return outcome;
}

const isUnavailable = (error: unknown) => error instanceof HalleyError && error.code === 'store_unavailable';

/** A simple record of what was admitted. */
interface Admitted {
  readonly at: number;
  tokens: number;
  readonly slot: RunningSlot;
  readonly node: RateNode;
  running: boolean;
}

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      asks: fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 3 }),
      node: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ end: fc.nat(20), tokens: fc.integer({ min: 0, max: 150 }) }) },
  { weight: 1, arbitrary: fc.record({ cancel: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      wait: fc.oneof(
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 59_000, max: 61_500 }),
        fc.integer({ min: 0, max: 70_000 }),
      ),
    }),
  },
);

test('over all nodes no interval of 60 seconds exceeds the limits, nor concurrency; requests that fit are admitted', async (t) => {
  const { time, nodes } = await rateFleet(t, 4);
  const some = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 6 }));
  let keyId = 0;
  await fc.assert(
    fc.asyncProperty(
      some,
      some,
      some,
      fc.array(action, { maxLength: 40 }),
      async (requests, tens, running, actions) => {
        const limits = {
          requestsPerMinute: requests,
          tokensPerMinute: tens * 40,
          concurrentRequests: running,
        };
        fc.pre(requests + tens + running > 0);
        keyId += 1;
        const log: Admitted[] = [];
        const within = (ms: number) => log.filter(({ at }) => at > time.now() - ms);
        const fits = (ms: number, tokens: number) =>
          (requests === 0 || within(ms).length < requests) &&
          (tens === 0 || within(ms).reduce((sum, each) => sum + each.tokens, 0) + tokens <= tens * 40) &&
          (running === 0 || log.filter((each) => each.running).length < running);
        for (const step of maybeEmpty(actions)) {
          if ('wait' in step) time.advance(step.wait);
          else if ('asks' in step) {
            const node = nodes[step.node];
            assert.ok(node);
            // All in one turn, and so in one exchange.
            const outcomes = await Promise.all(step.asks.map((tokens) => node.begin(keyId, limits, tokens)));
            for (const [place, outcome] of maybeEmpty(outcomes.entries())) {
              const tokens: number = step.asks[place] ?? 0;
              // Counting by the second, a request may count for up to a second longer, and never shorter.
              if (!outcome.admitted) assert.ok(!fits(61_000, tokens), JSON.stringify(outcome));
              else {
                assert.ok(fits(60_000, tokens));
                log.push({ at: time.now(), tokens, slot: outcome, node, running: true });
              }
            }
          } else if ('cancel' in step) {
            const one = log[step.cancel];
            one?.slot.cancel();
            await one?.node.told();
            // A request that has ended, or was cancelled before, is not released again.
            if (one?.running) log.splice(step.cancel, 1);
          } else {
            const one = log[step.end];
            one?.slot.end(step.tokens);
            await one?.node.told();
            if (one?.running) Object.assign(one, { tokens: step.tokens, running: false });
          }
        }
        for (const each of log) each.slot.end();
        for (const node of nodes) await node.told();
      },
    ),
    { numRuns: 150 },
  );
});

test('Retry-After is the first second at which the request fits, on any node', async (t) => {
  const { time, nodes } = await rateFleet(t, 3);
  let keyId = 0;
  const asked = fc.record({
    wait: fc.nat(20_000),
    tokens: fc.integer({ min: 1, max: 100 }),
    nodes: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 100, max: 300 }),
      fc.array(asked, { minLength: 3, maxLength: 20 }),
      async (requestsPerMinute, tokensPerMinute, asks) => {
        keyId += 1;
        const limits = limited({ requestsPerMinute, tokensPerMinute });
        for (const { wait, tokens, nodes: places } of maybeEmpty(asks)) {
          const [first, second, third] = places.map((place) => nodes[place]);
          assert.ok(first && second && third);
          time.advance(wait);
          const outcome = await first.begin(keyId, limits, tokens);
          if (outcome.admitted) continue;
          const seconds = outcome.retryAfterSeconds ?? 0;
          assert.ok(seconds >= 1 && seconds <= 61);
          if (seconds > 1) {
            time.advance((seconds - 1) * 1000);
            refused(await second.begin(keyId, limits, tokens));
          }
          time.advance(1000);
          admitted(await third.begin(keyId, limits, tokens));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('concurrent exchanges of several nodes admit exactly what fits', async (t) => {
  const { nodes } = await rateFleet(t, 4);
  const bounds: readonly [Partial<KeyRateLimits>, number][] = [
    [{ requestsPerMinute: 57 }, 57],
    [{ tokensPerMinute: 10 * 43 + 9 }, 43],
    [{ concurrentRequests: 31 }, 31],
  ];
  let keyId = 0;
  for (const [fields, most] of bounds) {
    keyId += 10;
    const limits = limited(fields);
    const all = await Promise.all(
      nodes.map(async (node) => {
        const outcomes: RateOutcome[] = [];
        for (let round = 0; round < 8; round += 1) {
          // Two keys in both orders: locking them must not deadlock.
          const ids = round % 2 === 0 ? [keyId, keyId + 1] : [keyId + 1, keyId];
          const asks = ids.flatMap((id) =>
            [1, 2, 3].map(() => node.begin(id, limits, 10).then((outcome) => ({ id, outcome }))),
          );
          for (const { id, outcome } of await Promise.all(asks)) if (id === keyId) outcomes.push(outcome);
        }
        return outcomes;
      }),
    );
    const outcomes = all.flat();
    assert.equal(outcomes.length, 96);
    assert.equal(outcomes.filter((outcome) => outcome.admitted).length, most);
  }
});

test('requests of one turn are one exchange, and keys without limits need none', async (t) => {
  const { one, database } = await rateFleet(t, 2);
  const before = database.statements;
  const limits = limited({ requestsPerMinute: 9 });
  await Promise.all([1, 2, 3, 1, 2, 3].map((keyId) => one.begin(keyId, limits, 1)));
  assert.equal(one.line.exchanges, 1);
  assert.equal(database.statements - before, 1);
  const slot = one.rates.begin(7, none, 1);
  assert.ok(!(slot instanceof Promise) && slot.admitted);
  slot.end(1);
  await one.told();
  assert.equal(one.line.exchanges, 1);
});

test('a refused request does not count, and its error names the limit', async (t) => {
  const { time, one, two } = await rateFleet(t, 2);
  const limits = limited({ requestsPerMinute: 2, tokensPerMinute: 100, concurrentRequests: 5 });
  admitted(await one.begin(1, limits, 60));
  for (const node of [one, two, one, two]) {
    assert.equal(refused(await node.begin(1, limits, 60)).limit, 'tokens');
  }
  const slot = admitted(await two.begin(1, limits, 40));
  assert.deepEqual(slot.state().requests, { limit: 2, remaining: 0, resetMs: 60_750 });
  two.clock.advance(10_000);
  assert.deepEqual(slot.state().tokens, { limit: 100, remaining: 0, resetMs: 50_750 });
  const refusal = refused(await one.begin(1, limits, 0));
  assert.deepEqual([refusal.limit, refusal.most, refusal.retryAfterSeconds], ['requests', 2, 61]);
  assert.deepEqual(refusal.state.tokens, { limit: 100, remaining: 0, resetMs: 60_750 });
  const never = refused(await one.begin(1, limits, 101));
  assert.deepEqual([never.limit, never.retryAfterSeconds], ['tokens', undefined]);
  time.advance(61_000);
  admitted(await one.begin(1, limits, 100));
});

test('a cancelled request is released for all nodes once, and never while it may still be sent', async (t) => {
  const { one, two } = await rateFleet(t, 2);
  const limits = limited({ requestsPerMinute: 2, tokensPerMinute: 100, concurrentRequests: 9 });
  const slots = [admitted(await one.begin(1, limits, 40)), admitted(await one.begin(1, limits, 40))];
  refused(await two.begin(1, limits, 1));
  for (const slot of slots) slot.cancel();
  assert.deepEqual(slots[0]?.state().requests, { limit: 2, remaining: 2, resetMs: 60_750 });
  assert.equal(slots[0]?.state().tokens?.remaining, 100);
  slots[0]?.cancel();
  slots[0]?.end(40);
  // Requests of the same node see the release at once.
  admitted(await one.begin(1, limits, 50));
  admitted(await two.begin(1, limits, 50));
  assert.equal(refused(await two.begin(1, limits, 0)).limit, 'requests');
});

test('a release that may have been lost is not repeated', async (t) => {
  for (const loses of ['question', 'answer'] as const) {
    const { one, two } = await rateFleet(t, 2);
    const limits = limited({ requestsPerMinute: 2 });
    admitted(await one.begin(1, limits, 1)).end();
    const slot = admitted(await one.begin(1, limits, 1));
    one.line.loses = loses;
    slot.cancel();
    await one.told();
    await one.told();
    if (loses === 'answer') admitted(await two.begin(1, limits, 1));
    assert.equal(refused(await two.begin(1, limits, 1)).limit, 'requests');
  }
});

test('counts numbers that are too large as more than any limit', async (t) => {
  const { one, two } = await rateFleet(t, 2);
  const slot = admitted(await one.begin(1, limited({ requestsPerMinute: 9 }), 1e300));
  slot.end(0.5);
  await one.told();
  admitted(await two.begin(1, limited({ tokensPerMinute: 10 }), 9));
  assert.equal(refused(await two.begin(1, limited({ tokensPerMinute: 10 }), 1)).limit, 'tokens');
});

test('concurrency and unused tokens released by one node are available to another within the delay', async (t) => {
  const { one, two } = await rateFleet(t, 2);
  const limits = limited({ tokensPerMinute: 100, concurrentRequests: 1 });
  const slot = admitted(await one.begin(1, limits, 100));
  assert.equal(refused(await two.begin(1, limits, 1)).limit, 'tokens');
  assert.equal(refused(await two.begin(1, limits, 0)).limit, 'concurrency');
  slot.end(30);
  slot.end(0);
  await one.told();
  assert.equal(admitted(await two.begin(1, limits, 70)).state().tokens?.remaining, 0);
});

test('releases the concurrency of a process that has left the cluster, which admits nothing then', async (t) => {
  const { one, two, database } = await rateFleet(t, 2);
  const limits = limited({ concurrentRequests: 2 });
  const slots = [admitted(await one.begin(1, limits, 1)), admitted(await one.begin(1, limits, 1))];
  assert.equal(refused(await two.begin(1, limits, 1)).limit, 'concurrency');
  await database.run("UPDATE nodes SET state = 'expelled' WHERE process_id = 'process-0'");
  const other = admitted(await two.begin(1, limits, 1));
  await assert.rejects(one.begin(1, limits, 1), isUnavailable);
  await database.run("UPDATE nodes SET state = 'active' WHERE process_id = 'process-0'");
  // The node is back, its requests were aborted, and one of them ends late.
  slots[0]?.end(1);
  admitted(await one.begin(2, limits, 1));
  assert.equal(refused(await one.begin(1, limits, 1)).limit, 'concurrency');
  slots[1]?.end(1);
  admitted(await one.begin(1, limits, 1));
  assert.equal(refused(await one.begin(1, limits, 1)).limit, 'concurrency');
  other.end(1);
});

test('a lost exchange, or a lost response, admits no request, and reports ended requests once', async (t) => {
  for (const loses of ['question', 'answer'] as const) {
    const { one, two } = await rateFleet(t, 2);
    const limits = limited({ tokensPerMinute: 100, concurrentRequests: 2 });
    const slot = admitted(await one.begin(1, limits, 60));
    one.line.loses = loses;
    const ask = one.begin(1, limits, 10);
    slot.end(20);
    await assert.rejects(ask, isUnavailable);
    await one.told();
    // Nothing is in flight. In the minute, at most the request whose response was lost counts besides the 20.
    const first = admitted(await two.begin(1, limits, 1));
    assert.equal(first.state().tokens?.remaining, loses === 'answer' ? 69 : 79);
    admitted(await two.begin(1, limits, 1));
    assert.equal(refused(await two.begin(1, limits, 1)).limit, 'concurrency');
  }
});

test('a request whose exchange got no response is not admitted, and reported ends are not repeated', async (t) => {
  const { one, two } = await rateFleet(t, 2);
  const limits = limited({ concurrentRequests: 1 });
  one.line.loses = 'answer';
  await assert.rejects(one.begin(1, limits, 1), isUnavailable);
  assert.equal(refused(await two.begin(1, limits, 1)).limit, 'concurrency');
  await one.told();
  admitted(await two.begin(1, limits, 5)).end(1);
  await two.told();
  assert.equal(two.line.corrections, 1);
  admitted(await two.begin(1, limits, 1));
  assert.equal(two.line.corrections, 0);
});

test('an exchange that arrives late has no effect', async (t) => {
  const { database, time, two } = await rateFleet(t, 2);
  const store = new PostgresRates({ database, processId: 'process-0', testTime: () => time.now() });
  const limits = limited({ requestsPerMinute: 2 });
  const exchange = {
    asks: [{ keyId: 1, limits, tokens: 1 }],
    cancelled: [],
    corrections: [],
    running: [{ keyId: 1, running: 0 }],
  };
  await store.exchangeRates({ number: 5, ...exchange });
  await assert.rejects(store.exchangeRates({ number: 4, ...exchange }), isUnavailable);
  await assert.rejects(store.exchangeRates({ number: 5, ...exchange }), isUnavailable);
  admitted(await two.begin(1, limits, 1));
  refused(await two.begin(1, limits, 1));
});

test('setting the clock back releases nothing early and blocks nothing for long', async (t) => {
  const { time, one, two, database } = await rateFleet(t, 2);
  const limits = limited({ requestsPerMinute: 1 });
  admitted(await one.begin(1, limits, 1)).end(1);
  const back = new RateNode(
    new PostgresRates({ database, processId: 'process-1', testTime: () => time.now() - 3_600_000 }),
  );
  assert.equal(refused(await back.begin(1, limits, 1)).retryAfterSeconds, 61);
  time.advance(60_000);
  refused(await back.begin(1, limits, 1));
  time.advance(1000);
  admitted(await back.begin(1, limits, 1));
  assert.equal(two.line.exchanges, 0);
});

test('drops keys without recent use', async (t) => {
  const { time, one, two, database } = await rateFleet(t, 2);
  const limits = limited({ requestsPerMinute: 3 });
  const slots = await Promise.all(
    Array.from({ length: 300 }, (_, index) => one.begin(index + 1, limits, 1).then(admitted)),
  );
  for (const slot of slots.slice(1)) slot.end();
  await one.told();
  time.advance(61_000);
  for (let count = 0; count < 200; count += 1) await two.begin(1000, limits, 1);
  const rows = await database.all('SELECT key_id FROM key_rates ORDER BY key_id');
  // The first is still in flight.
  assert.deepEqual(rows, [{ key_id: 1 }, { key_id: 1000 }]);
});

test('close reports ended requests', async (t) => {
  const { one, two } = await rateFleet(t, 2);
  const limits = limited({ tokensPerMinute: 100 });
  admitted(await one.begin(1, limits, 100)).end(10);
  await one.rates.close();
  assert.equal(admitted(await two.begin(1, limits, 90)).state().tokens?.remaining, 0);
});

test('admits nothing while the database is down; a crash of it resets the minute', async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const url = await postgres.createDatabase();
  const first = new Database(connectionOf(url));
  await migrate(first, 'The database');
  await first.close();
  const { one, two } = await rateFleet(t, 2, url);
  const limits = limited({ requestsPerMinute: 1, concurrentRequests: 2 });
  const slot = admitted(await one.begin(1, limits, 1));
  await postgres.kill();
  await assert.rejects(two.begin(1, limits, 1), isUnavailable);
  slot.end(1);
  await postgres.restart();
  await one.told();
  admitted(await two.begin(1, limits, 1));
  assert.equal(refused(await one.begin(1, limits, 1)).limit, 'requests');
});
