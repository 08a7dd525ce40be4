import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty } from '../../tests/support/non-empty.ts';
import type { KeyRateLimits, RateRefusal } from '../domain/accounting/rate-limits.ts';
import { ManualClock } from '../platform/clock.ts';
import { RateLimits, type RunningSlot } from './rate-limits.ts';

const none: KeyRateLimits = { requestsPerMinute: 0, tokensPerMinute: 0, concurrentRequests: 0 };
const limited = (fields: Partial<KeyRateLimits>): KeyRateLimits => ({ ...none, ...fields });

function admitted(outcome: RunningSlot | RateRefusal): RunningSlot {
  assert.ok(outcome.admitted, JSON.stringify(outcome));
  return outcome;
}

function refused(outcome: RunningSlot | RateRefusal): RateRefusal {
  assert.ok(!outcome.admitted, 'it was admitted');
  return outcome;
}

/** Starts within a second, so that the edges of seconds and windows differ. */
function rig() {
  const clock = new ManualClock(1_800_000_000_250);
  return { clock, rates: new RateLimits({ clock }) };
}

/** A simple record of what was admitted. */
interface Admitted {
  readonly at: number;
  tokens: number;
  readonly slot: RunningSlot;
  running: boolean;
}

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ begin: fc.integer({ min: 0, max: 120 }) }) },
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

test('no interval of 60 seconds exceeds the limits of requests or tokens, nor concurrency; requests that fit are admitted', () => {
  const some = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 6 }));
  fc.assert(
    fc.property(some, some, some, fc.array(action, { maxLength: 60 }), (requests, tens, running, actions) => {
      const limits = {
        requestsPerMinute: requests,
        tokensPerMinute: tens * 40,
        concurrentRequests: running,
      };
      fc.pre(requests + tens + running > 0);
      const { clock, rates } = rig();
      const log: Admitted[] = [];
      const within = (ms: number) => log.filter(({ at }) => at > clock.monotonic() - ms);
      const fits = (ms: number, tokens: number) =>
        (requests === 0 || within(ms).length < requests) &&
        (tens === 0 || within(ms).reduce((sum, each) => sum + each.tokens, 0) + tokens <= tens * 40) &&
        (running === 0 || log.filter((each) => each.running).length < running);
      for (const step of maybeEmpty(actions)) {
        if ('wait' in step) clock.advance(step.wait);
        else if ('begin' in step) {
          const outcome = rates.begin(7, limits, step.begin);
          // Counting by the second, a request may count for up to a second longer, and never shorter.
          if (outcome.admitted) assert.ok(fits(60_000, step.begin));
          else assert.ok(!fits(61_000, step.begin));
          if (outcome.admitted) {
            log.push({ at: clock.monotonic(), tokens: step.begin, slot: outcome, running: true });
          }
        } else if ('cancel' in step) {
          const one = log[step.cancel];
          one?.slot.cancel();
          // A request that has ended, or was cancelled before, is not released again.
          if (one?.running) log.splice(step.cancel, 1);
        } else {
          const one = log[step.end];
          one?.slot.end(step.tokens);
          if (one?.running) Object.assign(one, { tokens: step.tokens, running: false });
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('Retry-After is the first second at which the request fits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 100, max: 300 }),
      fc.array(fc.record({ wait: fc.nat(20_000), tokens: fc.integer({ min: 1, max: 100 }) }), {
        minLength: 3,
        maxLength: 30,
      }),
      (requestsPerMinute, tokensPerMinute, asked) => {
        const { clock, rates } = rig();
        const limits = limited({ requestsPerMinute, tokensPerMinute });
        for (const { wait, tokens } of maybeEmpty(asked)) {
          clock.advance(wait);
          const outcome = rates.begin(1, limits, tokens);
          if (outcome.admitted) continue;
          const seconds = outcome.retryAfterSeconds ?? 0;
          assert.ok(seconds >= 1 && seconds <= 61);
          if (seconds > 1) {
            clock.advance((seconds - 1) * 1000);
            refused(rates.begin(1, limits, tokens));
            clock.advance(1000);
          } else clock.advance(1000);
          admitted(rates.begin(1, limits, tokens));
        }
      },
    ),
  );
});

test('a request counts while it waits for its budget; cancelling it releases one place, once', () => {
  const { rates } = rig();
  const limits = limited({ requestsPerMinute: 1, tokensPerMinute: 100, concurrentRequests: 1 });
  const slot = admitted(rates.begin(1, limits, 70));
  refused(rates.begin(1, limits, 1));
  slot.cancel();
  assert.deepEqual(slot.state().requests, { limit: 1, remaining: 1, resetMs: 0 });
  assert.equal(slot.state().tokens?.remaining, 100);
  admitted(rates.begin(1, limits, 100));
  slot.cancel();
  slot.end(0);
  refused(rates.begin(1, limits, 0));
});

test('a refused request does not count', () => {
  const { clock, rates } = rig();
  const limits = limited({ requestsPerMinute: 2, tokensPerMinute: 100, concurrentRequests: 5 });
  admitted(rates.begin(1, limits, 60));
  for (let count = 0; count < 50; count += 1)
    assert.equal(refused(rates.begin(1, limits, 60)).limit, 'tokens');
  admitted(rates.begin(1, limits, 40));
  const refusal = refused(rates.begin(1, limits, 0));
  assert.deepEqual([refusal.limit, refusal.most], ['requests', 2]);
  assert.deepEqual(refusal.state.requests, { limit: 2, remaining: 0, resetMs: 60_750 });
  assert.deepEqual(refusal.state.tokens, { limit: 100, remaining: 0, resetMs: 60_750 });
  clock.advance(61_000);
  admitted(rates.begin(1, limits, 100));
});

test('a request larger than the limit of a minute never fits', () => {
  const { rates } = rig();
  const refusal = refused(rates.begin(1, limited({ tokensPerMinute: 100 }), 101));
  assert.deepEqual([refusal.limit, refusal.retryAfterSeconds], ['tokens', undefined]);
  admitted(rates.begin(1, limited({ tokensPerMinute: 100 }), 100));
});

test('releases the unused part of an estimate once, and counts usage beyond it', () => {
  const { rates } = rig();
  const limits = limited({ tokensPerMinute: 100, concurrentRequests: 1 });
  const slot = admitted(rates.begin(1, limits, 100));
  slot.end(30);
  slot.end(0);
  assert.equal(rates.state(1, limits).tokens?.remaining, 70);
  admitted(rates.begin(1, limits, 70)).end(90);
  assert.equal(rates.state(1, limits).tokens?.remaining, 0);
  assert.equal(refused(rates.begin(1, limits, 1)).limit, 'tokens');
});

test('a long request that ends after its minute releases its concurrency and no tokens', () => {
  const { clock, rates } = rig();
  const limits = limited({ tokensPerMinute: 100, concurrentRequests: 1 });
  const slot = admitted(rates.begin(1, limits, 100));
  clock.advance(300_000);
  assert.equal(refused(rates.begin(1, limits, 10)).limit, 'concurrency');
  slot.end(1);
  admitted(rates.begin(1, limits, 100));
  assert.equal(rates.state(1, limits).tokens?.remaining, 0);
});

test('lowered limits apply to the next request; keys do not share limits', () => {
  const { rates } = rig();
  for (let count = 0; count < 5; count += 1) admitted(rates.begin(1, limited({ requestsPerMinute: 9 }), 1));
  assert.equal(refused(rates.begin(1, limited({ requestsPerMinute: 5 }), 1)).limit, 'requests');
  assert.equal(refused(rates.begin(1, limited({ concurrentRequests: 5 }), 1)).limit, 'concurrency');
  assert.equal(rates.state(1, limited({ requestsPerMinute: 3 })).requests?.remaining, 0);
  admitted(rates.begin(2, limited({ requestsPerMinute: 1 }), 1));
});

test('does not count keys without limits, and drops keys without recent use', () => {
  const { clock, rates } = rig();
  for (let keyId = 0; keyId < 1000; keyId += 1) admitted(rates.begin(keyId, none, 1)).end(1);
  assert.equal(rates.size, 0);
  assert.deepEqual(rates.state(1, none), { requests: undefined, tokens: undefined });
  const limits = limited({ requestsPerMinute: 1 });
  const slots = Array.from({ length: 1000 }, (_, keyId) => admitted(rates.begin(keyId, limits, 1)));
  for (const slot of slots.slice(1)) slot.end();
  assert.equal(rates.size, 1000);
  clock.advance(61_000);
  for (let count = 0; count < 600; count += 1) admitted(rates.begin(5000 + count, limits, 1));
  for (let keyId = 1; keyId < 1000; keyId += 1) rates.begin(5000, limits, 1);
  assert.equal(rates.size, 601, 'the one that still runs is kept');
});
