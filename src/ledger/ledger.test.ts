import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty, nonEmpty } from '../../tests/support/non-empty.ts';
import type { BudgetAlert, ReservationRequest, Shortfall } from '../domain/accounting/terms.ts';
import { ManualClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { aRecord } from '../store/contract/engine.ts';
import type { Settlement } from '../store/ledger-store.ts';
import { Ledger } from './ledger.ts';

/** What becomes of the next write: it succeeds, the store is away, or (as `lost`) only its answer is. */
type Fate = 'well' | 'away' | 'lost';

const refusal: Shortfall = { holder: { kind: 'key', id: 1 }, limit: 'quota', free: 9, reserved: 0 };

/** A store whose writes the test lets through, refuses or loses. It counts how often it wrote each id. */
class FakeStore {
  readonly batches: string[][] = [];
  readonly asked: string[][] = [];
  readonly calls: ('reserve' | 'settle')[] = [];
  readonly written = new Map<string, number>();
  fates: Fate[] = [];
  readonly refused = new Set<string>();
  alerts: BudgetAlert[] = [];
  durable: boolean | undefined;
  gate: Promise<void> = Promise.resolve();

  async settle(settlements: readonly Settlement[], durable: boolean): Promise<readonly BudgetAlert[]> {
    const ids = settlements.map(({ record }) => record.requestId);
    this.batches.push(ids);
    this.calls.push('settle');
    this.durable = durable;
    await this.gate;
    const fate = this.fates.shift() ?? 'well';
    if (fate === 'away') throw new HalleyError('store_unavailable');
    if (ids.some((id) => this.refused.has(id))) throw new Error('wrong');
    for (const id of ids) this.written.set(id, 1 + (this.written.get(id) ?? 0));
    if (fate === 'lost') throw new HalleyError('store_unavailable');
    return this.alerts.splice(0);
  }

  async reserve(requests: readonly ReservationRequest[]) {
    this.calls.push('reserve');
    this.asked.push(requests.map(({ requestId }) => requestId));
    if ((this.fates.shift() ?? 'well') === 'away') throw new HalleyError('store_unavailable');
    if (requests.some(({ requestId }) => this.refused.has(requestId))) throw new Error('wrong');
    const outcomes = requests.map(({ units }) => (units < 10 ? ('reserved' as const) : refusal));
    return { outcomes, alerts: this.alerts.splice(0) };
  }
}

function startLedger(durable = true, writeEveryMs = 0, writeRestMs = 0) {
  const store = new FakeStore();
  const clock = new ManualClock();
  const announced: BudgetAlert[] = [];
  const failures: unknown[] = [];
  const refusals: string[] = [];
  const ledger = new Ledger({
    store,
    clock,
    durable,
    writeEveryMs,
    writeRestMs,
    announce: (alerts) => void announced.push(...alerts),
    onFailure: (error) => void failures.push(error),
    onRefused: ({ record }) => void refusals.push(record.requestId),
  });
  const done: string[] = [];
  const settle = (...ids: readonly string[]) => {
    for (const requestId of ids) {
      const settlement = { record: aRecord({ requestId }), reserved: true };
      void ledger.settle(settlement).then(() => done.push(requestId));
    }
  };
  return { ledger, store, clock, announced, failures, refusals, done, settle };
}

/** Lets everything happen that waits for nothing but its turn. */
const turns = () => new Promise<void>((resolve) => setImmediate(resolve));

const aRequest = (requestId: string, units = 1) => ({ requestId, holders: [], units, at: 5 });
const anAlert = { id: 7 } as BudgetAlert;
test('what one turn brings is written together, and what comes meanwhile together after it', async () => {
  const { store, settle, done, ledger } = startLedger();
  const { promise, resolve } = Promise.withResolvers<void>();
  store.gate = promise;
  settle('a', 'b');
  await turns();
  settle('c');
  await turns();
  settle('d');
  assert.equal(ledger.waiting, 4);
  assert.deepEqual(done, []);
  resolve();
  await turns();
  assert.deepEqual(store.batches, [
    ['a', 'b'],
    ['c', 'd'],
  ]);
  assert.deepEqual(done, ['a', 'b', 'c', 'd']);
  assert.equal(ledger.waiting, 0);
  settle('e');
  await turns();
  assert.deepEqual(store.batches.slice(2), [['e']]);
});

test('a write takes so many records and leaves the others for the next, in their order', async () => {
  const { store, settle, done } = startLedger(false);
  const ids = Array.from({ length: 1200 }, (_, index) => `r${index}`);
  settle(...ids);
  await turns();
  assert.deepEqual(
    store.batches.map((batch) => batch.length),
    [512, 512, 176],
  );
  assert.deepEqual(store.batches.flat(), ids);
  assert.deepEqual(done, ids);
  assert.equal(store.durable, false);
});

test('under load a write waits for others to come; who asks for what is written does not', async () => {
  const { store, settle, clock, ledger } = startLedger(true, 2);
  const many = Array.from({ length: 8 }, (_, index) => `r${index}`);
  settle('a');
  await turns();
  settle('b');
  await turns();
  assert.deepEqual(store.batches, [['a'], ['b']]);
  settle(...many);
  await turns();
  settle('c');
  await turns();
  clock.advance(1);
  settle('d');
  await turns();
  assert.deepEqual(store.batches.slice(2), [many]);
  clock.advance(1);
  await turns();
  assert.deepEqual(store.batches.slice(3), [['c', 'd']]);
  settle(...many.map((name) => `${name} again`));
  await turns();
  settle('e');
  await ledger.flush();
  assert.deepEqual(store.batches.slice(5), [['e']]);
});

test('where a write is a round trip, the next one waits for those whom it has let go', async () => {
  const { store, settle, clock } = startLedger(true, 2, 4);
  const many = (round: string) => Array.from({ length: 8 }, (_, index) => `${round}${index}`);
  const gate = Promise.withResolvers<void>();
  store.gate = gate.promise;
  settle(...many('a'));
  await turns();
  settle(...many('b'));
  clock.advance(6);
  gate.resolve();
  await turns();
  // It took 6 ms, and so long is waited now.
  clock.advance(5);
  settle('late');
  await turns();
  assert.deepEqual(store.batches, [many('a')]);
  clock.advance(1);
  await turns();
  assert.deepEqual(store.batches.slice(1), [[...many('b'), 'late']]);
});

test('what could not be written is kept and tried again, later each time, with what came since', async () => {
  const { store, settle, done, clock, failures } = startLedger();
  store.fates = ['away', 'away', 'away', 'away', 'away', 'away', 'away', 'well', 'away', 'well'];
  settle('a');
  await turns();
  settle('b');
  await turns();
  assert.deepEqual(store.batches, [['a']]);
  for (const ms of [50, 100, 200, 400, 800, 1600, 2000]) {
    const before = store.batches.length;
    clock.advance(ms - 1);
    await turns();
    assert.equal(store.batches.length, before, `${ms} ms`);
    assert.deepEqual(done, []);
    clock.advance(1);
    await turns();
    assert.deepEqual(store.batches.slice(before), [['a', 'b']], `${ms} ms`);
  }
  assert.deepEqual(done, ['a', 'b']);
  assert.equal(failures.length, 7);
  assert.equal(store.durable, true);
  // All is well again: the next failure waits as short as the first one.
  settle('c');
  await turns();
  clock.advance(50);
  await turns();
  assert.deepEqual(done, ['a', 'b', 'c']);
});

test('a record that cannot be written keeps no other from it, and is told once', async () => {
  const { store, settle, done, refusals, clock, failures } = startLedger();
  store.refused.add('bad').add('worse');
  settle('a', 'bad', 'b', 'worse', 'c');
  await turns();
  assert.deepEqual([...store.written.keys()], ['a', 'b', 'c']);
  assert.deepEqual(refusals, ['bad', 'worse']);
  assert.deepEqual(done.toSorted(), ['a', 'b', 'bad', 'c', 'worse']);
  assert.deepEqual(failures, []);
  // The store goes away in the middle of writing them one by one.
  store.fates = ['well', 'well', 'away'];
  settle('d', 'bad', 'e');
  await turns();
  assert.deepEqual([...store.written.keys()], ['a', 'b', 'c', 'd']);
  clock.advance(50);
  await turns();
  assert.deepEqual([...store.written.keys()], ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(refusals, ['bad', 'worse', 'bad']);
});

test('alerts are announced, of records and of reservations', async () => {
  const { store, settle, announced, ledger } = startLedger();
  store.alerts = [anAlert];
  settle('a');
  await turns();
  assert.deepEqual(announced, [anAlert]);
  store.alerts = [anAlert, anAlert];
  await ledger.reserve(aRequest('b'));
  assert.deepEqual(announced, [anAlert, anAlert, anAlert]);
});

test('room is asked for together, and each learns its own outcome', async () => {
  const { store, ledger } = startLedger();
  const [held, refused] = await Promise.all([
    ledger.reserve(aRequest('a', 9)),
    ledger.reserve(aRequest('b', 10)),
  ]);
  assert.deepEqual([held, refused], ['reserved', refusal]);
  assert.deepEqual(store.asked, [['a', 'b']]);
});

test('without the store no room is given, and it is not asked again', async () => {
  const { store, ledger, clock } = startLedger();
  store.fates = ['away'];
  const both = await Promise.allSettled([ledger.reserve(aRequest('a')), ledger.reserve(aRequest('b'))]);
  for (const outcome of nonEmpty(both))
    assert.equal((outcome as PromiseRejectedResult).reason.code, 'store_unavailable');
  clock.advance(10_000);
  await turns();
  assert.deepEqual(store.asked, [['a', 'b']]);
});

test('a request for room that cannot be asked for does not take the others with it', async () => {
  const { store, ledger } = startLedger();
  store.refused.add('bad');
  const [a, bad, b] = await Promise.allSettled(['a', 'bad', 'b'].map((id) => ledger.reserve(aRequest(id))));
  assert.deepEqual(
    [a, b].map((each) => each?.status === 'fulfilled' && each.value),
    ['reserved', 'reserved'],
  );
  assert.match(String((bad as PromiseRejectedResult).reason), /wrong/);
});

test('flushing waits for what was handed over before, and for nothing that comes after', async () => {
  const { store, settle, done, ledger } = startLedger();
  await ledger.flush();
  const first = Promise.withResolvers<void>();
  store.gate = first.promise;
  settle('a');
  await turns();
  settle('b');
  const flushed = ledger.flush().then(() => [...done]);
  settle('c');
  store.gate = Promise.resolve();
  first.resolve();
  assert.deepEqual((await flushed).slice(0, 2), ['a', 'b']);
  const second = Promise.withResolvers<void>();
  settle('d');
  const again = ledger.flush();
  await turns();
  store.gate = second.promise;
  settle('e');
  await again;
  second.resolve();
  await turns();
  assert.ok(done.includes('e'));
});

test('flushing ends when a write fails, since nobody knows how long that lasts', async () => {
  const { store, settle, done, ledger, clock } = startLedger();
  store.fates = ['away', 'away', 'well'];
  settle('a');
  await ledger.flush();
  assert.deepEqual(done, []);
  const again = ledger.flush();
  clock.advance(50);
  await again;
  assert.deepEqual(done, []);
  const last = ledger.flush();
  clock.advance(100);
  await last;
  assert.deepEqual(done, ['a']);
});

test('closing tries at once, without waiting for a timer, and counts what is lost', async () => {
  const { store, settle, ledger, done } = startLedger();
  store.fates = ['away', 'away', 'away', 'away', 'well'];
  settle('a', 'b');
  assert.equal(await ledger.close(), 0);
  assert.deepEqual(done, ['a', 'b']);
  assert.equal(await ledger.close(), 0);
  const lost = startLedger();
  lost.store.fates = Array.from({ length: 100 }, () => 'away');
  lost.settle('a', 'b');
  await turns();
  lost.settle('c');
  assert.equal(await lost.ledger.close(), 3);
  assert.ok(lost.store.batches.length <= 6);
});

test('whatever fails and whenever, every record is written at last, and written again only when unsure', async () => {
  const events = fc.array(
    fc.oneof(
      fc.record({ settle: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ fate: fc.constantFrom<Fate>('well', 'away', 'lost') }),
      fc.record({ advance: fc.integer({ min: 1, max: 3000 }) }),
      fc.constant({ refuse: true }),
      fc.constant({ turn: true }),
    ),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(events, async (course) => {
      const { store, settle, done, clock, ledger, refusals } = startLedger();
      let ids = 0;
      let unsure = 0;
      for (const event of course) {
        if ('settle' in event) settle(...Array.from({ length: event.settle }, () => `r${++ids}`));
        else if ('fate' in event) store.fates.push(event.fate);
        else if ('advance' in event) clock.advance(event.advance);
        else if ('refuse' in event) store.refused.add(`r${ids + 1}`);
        else await turns();
        if ('fate' in event && event.fate === 'lost') unsure += 1;
      }
      store.fates = [];
      await turns();
      clock.advance(5000);
      await turns();
      const all = Array.from({ length: ids }, (_, index) => `r${index + 1}`);
      const bad = all.filter((id) => store.refused.has(id));
      assert.deepEqual(done.toSorted(), all.toSorted());
      assert.deepEqual(refusals.toSorted(), bad.toSorted());
      assert.deepEqual(
        [...store.written.keys()].toSorted(),
        all.filter((id) => !bad.includes(id)).toSorted(),
      );
      assert.ok(maybeEmpty([...store.written.values()]).every((times) => times <= 1 + unsure));
      assert.equal(ledger.waiting, 0);
    }),
    { numRuns: 200 },
  );
});

test('a record never overtakes the reservation of its request, which would then be held for good', async () => {
  const { store, ledger, settle } = startLedger();
  const held = ledger.reserve(aRequest('a'));
  // Its client leaves in the same turn, in which a key is changed, too.
  settle('a');
  await ledger.flush();
  assert.equal(await held, 'reserved');
  await turns();
  assert.deepEqual(store.calls, ['reserve', 'settle']);
});

test('while records cannot be written no more should be served, unless answers do not wait for them', async () => {
  for (const durable of [true, false]) {
    const { ledger, store, clock, settle } = startLedger(durable);
    store.fates = ['away', 'away'];
    assert.equal(ledger.overdue, false);
    settle('a');
    await turns();
    assert.equal(ledger.overdue, durable);
    clock.advance(50);
    await turns();
    assert.equal(ledger.overdue, durable);
    settle(...Array.from({ length: limits.records_waiting_max - 1 }, (_, index) => `r${index}`));
    assert.equal(ledger.overdue, true);
    clock.advance(100);
    await turns();
    assert.equal(ledger.waiting, 0);
    assert.equal(ledger.overdue, false);
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = promise;
    settle('b');
    await turns();
    clock.advance(1001);
    assert.equal(ledger.overdue, durable);
    resolve();
    await turns();
    assert.equal(ledger.overdue, false);
  }
});
