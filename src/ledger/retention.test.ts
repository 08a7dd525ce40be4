import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { Retention } from './retention.ts';

/** Counts what is left, and remembers what it was asked. */
function rig(records: number, contents: number, recordsDays = 30, audit = { days: 0, address_days: 0 }) {
  const clock = new ManualClock();
  const asked: number[] = [];
  const told: unknown[] = [];
  const left = { records, contents, entries: 0, addresses: 0, fails: false };
  const take = (name: 'records' | 'contents' | 'entries' | 'addresses', limit: number) => {
    if (left.fails) throw new HalleyError('store_unavailable', { log: 'full' });
    const removed = Math.min(left[name], limit);
    left[name] -= removed;
    return removed;
  };
  const retention = new Retention({
    store: {
      deleteRecordsBefore: async (seconds, limit) => {
        asked.push(seconds);
        return take('records', limit);
      },
      deleteExpiredContents: async (_now, limit) => take('contents', limit),
      audit: {
        deleteBefore: async (ms, limit) => {
          asked.push(ms);
          return take('entries', limit);
        },
        eraseAddresses: async (ms, limit) => {
          asked.push(ms);
          return take('addresses', limit);
        },
      },
    },
    clock,
    recordsDays,
    audit,
    log: { info: (fields) => void told.push(fields), error: (fields) => void told.push(fields) },
  });
  retention.start();
  /** Moves time on and lets what fell due run to its end. */
  const pass = async (ms: number) => {
    for (let index = 0; index < ms; index += 100) {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, asked, told, left, retention, pass };
}

test('old records go a little at a time until none is left, and what goes is told', async () => {
  const most = limits.removed_at_a_time;
  const { clock, asked, told, left, retention, pass } = rig(most * 2 + 5, 3);
  const before = Math.floor(clock.now() / 1000) - 30 * 86_400;
  await pass(100);
  assert.deepEqual(left, { records: most + 5, contents: 0, entries: 0, addresses: 0, fails: false });
  assert.deepEqual(asked, [before]);
  await pass(1000);
  assert.equal(left.records, 0);
  assert.deepEqual(told, [{ records: most * 2 + 5, contents: 3 }]);
  const rounds = asked.length;
  left.records = 1;
  await pass(600_000);
  assert.equal(left.records, 0);
  assert.equal(asked.length, rounds + 1);
  await retention.stop();
  left.records = 1;
  await pass(1_300_000);
  assert.equal(left.records, 1);
});

test('without a number of days records stay, and contents still expire', async () => {
  const { asked, left, pass } = rig(10, 10, 0);
  await pass(200);
  assert.deepEqual(asked, []);
  assert.deepEqual([left.records, left.contents], [10, 0]);
});

test('a database that cannot be written is tried again later', async () => {
  const { told, left, pass } = rig(10, 0);
  left.fails = true;
  await pass(200);
  assert.deepEqual(told, [{ error: 'full' }]);
  left.fails = false;
  await pass(600_000);
  assert.equal(left.records, 0);
});

test('the audit log loses old entries and old addresses, each after its own time', async () => {
  const most = limits.removed_at_a_time;
  const { clock, asked, told, left, retention, pass } = rig(0, 0, 0, { days: 365, address_days: 90 });
  Object.assign(left, { entries: most + 1, addresses: 2 });
  const now = Math.floor(clock.now() / 1000);
  await pass(100);
  assert.deepEqual(asked, [(now - 365 * 86_400) * 1000, (now - 90 * 86_400) * 1000]);
  await pass(200);
  assert.deepEqual([left.entries, left.addresses], [0, 0]);
  assert.deepEqual(told, [{ audit_entries: most + 1, audit_addresses: 2 }]);
  await retention.stop();
});
