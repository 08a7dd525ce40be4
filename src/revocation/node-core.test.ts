import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEntry, LogRead } from '../store/coordination.ts';
import { mayServe, type NodeEffect, type NodeEvent, type NodeState, newNode, step } from './node-core.ts';

const leaseMs = 2000;

/** A node with manual clocks. */
class Rig {
  readonly state: NodeState = newNode(leaseMs);
  at = 10_000;

  take(event: NodeEvent): NodeEffect[] {
    return step(this.state, event, this.now);
  }

  get now() {
    return { monotonic: this.at, wall: this.at };
  }

  get serves(): boolean {
    return mayServe(this.state, this.now);
  }

  /** Ticks, and delivers the response to the resulting statement about the registration. */
  tick(): NodeEffect[] {
    return this.take({ on: 'tick' });
  }

  read(log: LogRead): NodeEffect[] {
    return this.take({ on: 'read', epoch: this.state.epoch, log });
  }

  extended(known = true): NodeEffect[] {
    return this.take({ on: 'extended', epoch: this.state.epoch, known });
  }

  /** Registers, with the log at `seq`. */
  join(seq = 4): NodeEffect[] {
    this.tick();
    this.take({ on: 'registered', epoch: this.state.epoch, incarnation: 1 + this.state.epoch });
    const effects = this.read(logOf(seq));
    this.take({ on: 'acknowledged', epoch: this.state.epoch, known: true });
    return effects;
  }

  /** Renews, and reads the log up to `seq`. */
  renew(seq: number, from: number): NodeEffect[] {
    this.tick();
    this.extended();
    return this.read(logOf(seq, from));
  }
}

const mark = (seq: number) => ({ seq, nonce: `nonce ${seq}` });

function entry(seq: number): LogEntry {
  return {
    ...mark(seq),
    change: { kind: 'key', keyId: seq, digest: new Uint8Array(32).fill(seq) },
    deleted: seq % 2 === 1,
  };
}

/** The result of reading the log from `from` on. */
function logOf(seq: number, from = seq + 1, server = 'first run'): LogRead {
  return {
    server,
    head: mark(seq),
    entries: Array.from({ length: Math.max(0, seq - from + 1) }, (_, index) => entry(from + index)),
  };
}

const kinds = (effects: readonly NodeEffect[]) => effects.map((effect) => effect.do);

test('serves after it has registered and read the head of the log, and clears its cache before', () => {
  const rig = new Rig();
  assert.deepEqual(kinds(rig.tick()), ['register']);
  rig.at += 100;
  assert.deepEqual(kinds(rig.take({ on: 'registered', epoch: 0, incarnation: 7 })), ['read']);
  assert.equal(rig.serves, false);
  assert.deepEqual(rig.read(logOf(4)), [
    { do: 'forget' },
    { do: 'acknowledge', epoch: 0, incarnation: 7, seq: 4 },
  ]);
  assert.equal(rig.serves, true);
});

test('the lease starts before the renewal is sent, and takes effect only after the log is applied', () => {
  const rig = new Rig();
  rig.join();
  rig.at += 600;
  assert.deepEqual(kinds(rig.tick()), ['extend']);
  rig.at += 1000;
  assert.deepEqual(rig.extended(), [{ do: 'read', epoch: 0, from: 4 }]);
  rig.at += 300;
  assert.deepEqual(kinds(rig.read(logOf(5, 4))), ['evict', 'enforce']);
  // The first lease ends here, and the change is not applied yet.
  rig.at += 80;
  assert.equal(rig.serves, false);
  assert.deepEqual(kinds(rig.tick()), ['end', 'extend']);
  assert.deepEqual(kinds(rig.take({ on: 'enforced', epoch: 0, upTo: 5 })), ['acknowledge']);
  assert.equal(rig.serves, false, 'what ran is still being ended');
  rig.take({ on: 'ended' });
  assert.equal(rig.serves, true);
  rig.at += 599;
  assert.equal(rig.serves, true);
  rig.at += 1;
  assert.equal(rig.serves, false, 'counted from the second tick');
});

test('acknowledges a change after it and all earlier ones are applied', () => {
  const rig = new Rig();
  rig.join();
  rig.take({ on: 'hint' });
  assert.deepEqual(kinds(rig.read(logOf(5, 4))), ['evict', 'enforce']);
  rig.take({ on: 'hint' });
  rig.read(logOf(7, 5));
  assert.deepEqual(rig.take({ on: 'enforced', epoch: 0, upTo: 7 }), []);
  assert.deepEqual(rig.take({ on: 'enforced', epoch: 0, upTo: 5 }), [
    { do: 'acknowledge', epoch: 0, incarnation: 1, seq: 7 },
  ]);
});

test('reads the log again after a hint during a read', () => {
  const rig = new Rig();
  rig.join();
  assert.deepEqual(kinds(rig.take({ on: 'hint' })), ['read']);
  assert.deepEqual(rig.take({ on: 'hint' }), []);
  assert.deepEqual(kinds(rig.read(logOf(5, 4))), ['evict', 'enforce', 'read']);
});

test('a read that was sent before the commit of a renewal does not count for it', () => {
  const rig = new Rig();
  rig.join();
  rig.at += 600;
  rig.tick();
  rig.take({ on: 'hint' });
  rig.extended();
  rig.read(logOf(4, 4));
  rig.at += 1380;
  assert.equal(rig.serves, false, 'only the first lease counts so far');
});

test('an expelled node aborts and clears everything, and registers again', () => {
  const rig = new Rig();
  rig.join();
  rig.at += 600;
  rig.tick();
  assert.deepEqual(kinds(rig.extended(false)), ['end', 'forget']);
  assert.equal(rig.serves, false);
  assert.deepEqual(rig.tick(), [], 'not before what ran has ended');
  assert.deepEqual(rig.take({ on: 'ended' }), [{ do: 'register', epoch: 1, replaces: 1 }]);
});

test('ignores responses to statements of an earlier registration', () => {
  const rig = new Rig();
  rig.join();
  rig.take({ on: 'hint' });
  rig.at += 600;
  rig.tick();
  rig.extended(false);
  assert.deepEqual(rig.take({ on: 'read', epoch: 0, log: logOf(9, 4) }), []);
  assert.deepEqual(rig.take({ on: 'enforced', epoch: 0, upTo: 5 }), []);
});

test('reasserts known deletions first when the log does not continue', () => {
  const server = 'first run';
  const others: readonly [string, LogRead][] = [
    ['it went back', { server, head: mark(5), entries: [] }],
    ['another history, as long', { server, head: { seq: 6, nonce: 'other' }, entries: [] }],
    [
      'another history, longer',
      { server, head: mark(7), entries: [{ ...entry(6), nonce: 'other' }, entry(7)] },
    ],
    ['entries are gone', { server, head: mark(9), entries: [entry(8), entry(9)] }],
    ['a gap', { server, head: mark(9), entries: [entry(6), entry(7), entry(9)] }],
  ];
  for (const [name, log] of others) {
    const rig = new Rig();
    rig.join();
    rig.take({ on: 'hint' });
    rig.read(logOf(6, 4));
    rig.take({ on: 'enforced', epoch: 0, upTo: 6 });
    rig.take({ on: 'hint' });
    const effects = rig.read(log);
    assert.deepEqual(kinds(effects), ['end', 'forget', 'reassert'], name);
    assert.deepEqual(effects.at(-1), { do: 'reassert', epoch: 1, deletions: [entry(5)], seq: 6 }, name);
    assert.equal(rig.serves, false, name);
    rig.take({ on: 'ended' });
    assert.deepEqual(kinds(rig.take({ on: 'failed', epoch: 1, what: 'reassert' })), [], name);
    assert.deepEqual(kinds(rig.tick()), ['reassert'], name);
    assert.deepEqual(kinds(rig.take({ on: 'reasserted', epoch: 1, head: mark(20) })), ['register'], name);
  }
});

test('retries a failure at the next tick, and not before', () => {
  const rig = new Rig();
  assert.deepEqual(kinds(rig.tick()), ['register']);
  assert.deepEqual(rig.take({ on: 'failed', epoch: 0, what: 'register' }), []);
  assert.deepEqual(kinds(rig.tick()), ['register']);
  rig.take({ on: 'registered', epoch: 0, incarnation: 1 });
  assert.deepEqual(rig.take({ on: 'failed', epoch: 0, what: 'read' }), []);
  assert.deepEqual(kinds(rig.tick()), ['extend']);
  assert.deepEqual(kinds(rig.extended()), ['read']);
  assert.deepEqual(kinds(rig.read(logOf(4))), ['forget', 'acknowledge']);
  assert.deepEqual(rig.take({ on: 'failed', epoch: 0, what: 'acknowledge' }), []);
  assert.deepEqual(kinds(rig.tick()), ['acknowledge']);
  assert.equal(rig.serves, true);
});

test('an expired lease aborts requests and keeps the cache, which catches up with the log', () => {
  const rig = new Rig();
  rig.join();
  rig.at += 1980;
  assert.deepEqual(kinds(rig.tick()), ['end', 'extend']);
  rig.take({ on: 'ended' });
  assert.deepEqual(kinds(rig.extended()), ['read']);
  assert.deepEqual(kinds(rig.read(logOf(4, 4))), []);
  assert.equal(rig.serves, true);
});

test('clears the cache after a restart or a fail-over of the database, although the log continues', () => {
  const rig = new Rig();
  rig.join();
  rig.take({ on: 'hint' });
  assert.deepEqual(kinds(rig.read(logOf(5, 4, 'second run'))), ['forget', 'evict', 'enforce']);
  rig.take({ on: 'hint' });
  assert.deepEqual(kinds(rig.read(logOf(5, 5, 'second run'))), []);
  assert.equal(rig.serves, true);
});

test('a node that the database has lost still compares the log with its history', () => {
  const join = (log: LogRead) => {
    const rig = new Rig();
    rig.join();
    rig.take({ on: 'hint' });
    rig.read(logOf(6, 4));
    rig.take({ on: 'enforced', epoch: 0, upTo: 6 });
    rig.at += 600;
    rig.tick();
    rig.extended(false);
    rig.take({ on: 'ended' });
    const asked = rig.take({ on: 'registered', epoch: 1, incarnation: 9 });
    assert.deepEqual(asked, [{ do: 'read', epoch: 1, from: 6 }]);
    return { rig, effects: rig.read(log) };
  };
  // The node was expelled: the log continues, and the node reads on from its head.
  const expelled = join(logOf(8, 6));
  assert.deepEqual(kinds(expelled.effects), ['forget', 'acknowledge']);
  assert.equal(expelled.rig.serves, true);
  // The database has lost its registration, and more.
  const lost = join(logOf(3, 6, 'second run'));
  assert.deepEqual(kinds(lost.effects), ['forget', 'reassert']);
  assert.equal(lost.rig.serves, false);
  lost.rig.take({ on: 'reasserted', epoch: 2, head: mark(7) });
  assert.deepEqual(lost.rig.take({ on: 'registered', epoch: 2, incarnation: 10 }), [
    { do: 'read', epoch: 2, from: 7 },
  ]);
  // That was lost as well.
  assert.deepEqual(kinds(lost.rig.read(logOf(3, 7, 'third run'))), ['forget', 'reassert']);
});

test('applies a log that is read in several parts part by part, and a renewal takes effect with the last one', () => {
  const rig = new Rig();
  rig.join();
  rig.at += 600;
  rig.tick();
  rig.extended();
  const part = logOf(6, 4);
  const effects = rig.read({ ...part, head: mark(9) });
  assert.deepEqual(kinds(effects), ['evict', 'enforce', 'read']);
  assert.deepEqual(effects.at(-1), { do: 'read', epoch: 0, from: 6 });
  rig.take({ on: 'enforced', epoch: 0, upTo: 6 });
  rig.at += 1390;
  assert.equal(rig.serves, false);
  rig.read(logOf(9, 6));
  rig.take({ on: 'enforced', epoch: 0, upTo: 9 });
  rig.take({ on: 'ended' });
  assert.equal(rig.serves, true);
});

test('a node acknowledges again after the database has restarted, which may have lost the last acknowledgement', () => {
  const rig = new Rig();
  rig.join();
  assert.equal(rig.state.acked, 4);
  assert.deepEqual(kinds(rig.read(logOf(4))), []);
  const effects = rig.read(logOf(4, 5, 'second run'));
  assert.deepEqual(kinds(effects), ['forget', 'acknowledge']);
  assert.deepEqual(
    effects.flatMap((effect) => (effect.do === 'acknowledge' ? effect.seq : [])),
    [4],
  );
});
