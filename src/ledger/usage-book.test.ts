import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../platform/clock.ts';
import type { UsageDelta } from '../store/store.ts';
import { UsageBook } from './usage-book.ts';

/** Sums what was written, and can be told to fail or to wait. */
class Sink {
  units = new Map<number, number>();
  requests = 0;
  failing = false;
  gate: Promise<void> | undefined;

  async applyUsage(deltas: readonly UsageDelta[]): Promise<void> {
    await this.gate;
    if (this.failing) throw new Error('disk full');
    for (const delta of deltas) {
      this.units.set(delta.keyId, (this.units.get(delta.keyId) ?? 0) + delta.units);
      this.requests += delta.requests;
    }
  }
}

function book(sink: Sink, clock = new ManualClock()): UsageBook {
  return new UsageBook({ store: sink, clock, flushMs: 100, onFailure: () => {} });
}

test('charges are written within the flush time, added up', async () => {
  const sink = new Sink();
  const clock = new ManualClock();
  const usage = book(sink, clock);
  usage.charge({ keyId: 1, accountId: 9, units: 5 });
  usage.charge({ keyId: 1, accountId: 9, units: 7 });
  assert.equal(usage.ofKey(1), 12);
  clock.advance(100);
  await usage.flush();
  assert.equal(sink.units.get(1), 12);
  assert.equal(sink.requests, 2);
  assert.equal(usage.ofKey(1), 0);
  assert.equal(usage.ofAccount(9), 0);
});

test('what is being written counts as pending until it is written', async () => {
  const sink = new Sink();
  const gate = Promise.withResolvers<void>();
  sink.gate = gate.promise;
  const usage = book(sink);
  usage.charge({ keyId: 1, accountId: 9, units: 5 });
  const flushed = usage.flush();
  usage.charge({ keyId: 1, accountId: 9, units: 3 });
  assert.equal(usage.ofKey(1), 8);
  assert.equal(usage.ofAccount(9), 8);
  gate.resolve();
  await flushed;
  assert.equal(usage.ofKey(1), 3);
  assert.equal(usage.ofAccount(9), 3);
});

test('a write that fails loses nothing and counts nothing twice, in any order of events', async () => {
  const step = fc.oneof(
    fc.record({ keyId: fc.integer({ min: 1, max: 3 }), units: fc.nat(1000) }),
    fc.constantFrom('flush' as const, 'break' as const, 'mend' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const sink = new Sink();
      const usage = book(sink);
      const expected = new Map<number, number>();
      let requests = 0;
      for (const action of steps) {
        if (action === 'flush') await usage.flush();
        else if (action === 'break') sink.failing = true;
        else if (action === 'mend') sink.failing = false;
        else {
          usage.charge({ ...action, accountId: 1 });
          expected.set(action.keyId, (expected.get(action.keyId) ?? 0) + action.units);
          requests += 1;
        }
        for (const [keyId, units] of expected) {
          assert.equal(usage.ofKey(keyId) + (sink.units.get(keyId) ?? 0), units);
        }
      }
      sink.failing = false;
      await usage.close();
      assert.deepEqual(sink.units, expected);
      assert.equal(sink.requests, requests);
      assert.equal(usage.ofAccount(1), 0);
    }),
  );
});
