/** The contract of `Coordination`: registrations, leases and the log of changes, for PostgreSQL and the simulation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identity, keyChange } from '../../../tests/support/coordination.ts';
import type { Coordination } from '../coordination.ts';
import type { NewLogEntry } from '../postgres/revocation-log.ts';

type Ending = { after(run: () => Promise<void>): void };

/** A coordination on a fresh database; `append` commits entries in one transaction and returns their sequences. */
export interface OpenedCoordination {
  readonly coordination: Coordination;
  append(...entries: readonly NewLogEntry[]): Promise<readonly number[]>;
}

const leaseMs = 2000;

export function coordinationSuite(engine: string, open: (t: Ending) => Promise<OpenedCoordination>): void {
  test(`${engine}: entries are read as they were written, from the asked-for one on`, async (t) => {
    const { append, coordination } = await open(t);
    const empty = await coordination.readLog(0);
    assert.deepEqual([empty.head.seq, empty.entries], [0, []]);
    const written: readonly NewLogEntry[] = [
      keyChange(7, { deleted: true }),
      { change: { kind: 'account', accountId: 8 } },
      { change: { kind: 'channels' } },
      { change: { kind: 'prices' } },
    ];
    await append(...written);
    const { head, entries, server } = await coordination.readLog(1);
    assert.deepEqual(
      entries.map(({ change, deleted }) => ({
        change: change.kind === 'key' ? { ...change, digest: new Uint8Array(change.digest) } : change,
        deleted,
      })),
      written.map(({ change, deleted = false }) => ({ change, deleted })),
    );
    assert.deepEqual((await coordination.readLog(4)).entries, entries.slice(3));
    assert.deepEqual(await coordination.readLog(5), { head, entries: [], server });
    assert.deepEqual(await coordination.readLog(undefined), { head, entries: [], server });
  });

  test(`${engine}: a registration is new each time, and counts what is in the log as applied`, async (t) => {
    const { append, coordination } = await open(t);
    const first = await coordination.register(identity('a'), undefined, leaseMs);
    await append(keyChange(1));
    const again = await coordination.register(identity('a'), first, leaseMs);
    const other = await coordination.register(identity('b'), undefined, leaseMs);
    assert.equal(new Set([first, other, again]).size, 3);
    const [a, b] = await coordination.listNodes();
    assert.deepEqual([b?.incarnation, b?.acked, b?.renewals], [other, 1, 0]);
    const { startedMsAgo, renewedMsAgo, ...rest } = a ?? assert.fail();
    assert.deepEqual(rest, { ...identity('a'), incarnation: again, acked: 1, renewals: 0, leaseMs });
    assert.ok(startedMsAgo >= 0 && renewedMsAgo >= 0);
    assert.equal(await coordination.extend(first), false, 'it was replaced');
    assert.equal(await coordination.acknowledge(first, 1), false);
    assert.equal(await coordination.extend(again), true);
  });

  test(`${engine}: a registration that executes late ends, and speaks for, none that is in use`, async (t) => {
    const { append, coordination } = await open(t);
    const inUse = await coordination.register(identity('a'), undefined, leaseMs);
    const [seq = 0] = await append(keyChange(1));
    const late = await coordination.register(identity('a'), undefined, leaseMs);
    const ofSuccessor = await coordination.register(identity('a', 'after-restart'), undefined, leaseMs);
    const rows = await coordination.listNodes();
    assert.deepEqual(
      rows.map(({ incarnation, acked }) => [incarnation, acked]),
      [
        [inUse, seq - 1],
        [late, seq],
        [ofSuccessor, seq],
      ],
    );
  });

  test(`${engine}: a restarted node ends the registrations of its earlier processes, and no others`, async (t) => {
    const { coordination } = await open(t);
    const dead = await coordination.register(identity('a', 'before'), undefined, leaseMs);
    const other = await coordination.register(identity('b'), undefined, leaseMs);
    const own = await coordination.register(identity('a', 'now'), undefined, leaseMs);
    await coordination.retireEarlier(identity('a', 'now'));
    assert.deepEqual(
      await Promise.all([dead, other, own].map((incarnation) => coordination.extend(incarnation))),
      [false, true, true],
    );
  });

  test(`${engine}: those who have not renewed since they were seen are expelled, and only those`, async (t) => {
    const { coordination } = await open(t);
    const register = (id: string) => coordination.register(identity(id), undefined, leaseMs);
    const [silent, renewing] = [await register('silent'), await register('renewing')];
    const seen = await coordination.listNodes();
    // It has not acknowledged anything, but its lease is alive: later changes must wait for it.
    assert.equal(await coordination.extend(renewing), true);
    await coordination.expel(seen);
    assert.equal(await coordination.extend(silent), false);
    assert.equal(await coordination.acknowledge(silent, 1), false);
    assert.equal(await coordination.extend(renewing), true);
    assert.deepEqual(
      (await coordination.listNodes()).map(({ incarnation }) => incarnation),
      [renewing],
    );
  });

  test(`${engine}: nodes with different leases do not run beside each other`, async (t) => {
    const { coordination } = await open(t);
    const first = await coordination.register(identity('a'), undefined, 2000);
    await assert.rejects(coordination.register(identity('b'), undefined, 10_000), (error: Error) => {
      assert.match(error.message, /fleet\.lease_ms is 10000 here and 2000 on the nodes that run/);
      return true;
    });
    // A node that is alone may change its own.
    const again = await coordination.register(identity('a'), first, 10_000);
    assert.equal((await coordination.listNodes())[0]?.leaseMs, 10_000);
    await coordination.leave(again);
    const both = ['a', 'b'].map((id, index) => coordination.register(identity(id), undefined, 3000 + index));
    const outcomes = await Promise.allSettled(both);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  test(`${engine}: a long stretch of the log is read, and removed, in pieces`, async (t) => {
    const { append, coordination } = await open(t);
    await append(...Array.from({ length: 5000 }, (_, index) => keyChange(index)));
    let { head, entries } = await coordination.readLog(1);
    assert.equal(head.seq, 5000);
    const seen = entries.map(({ seq }) => seq);
    for (let last = seen.at(-1) ?? 0; last < head.seq; last = seen.at(-1) ?? 0) {
      assert.ok(entries.length < 5000);
      ({ head, entries } = await coordination.readLog(last));
      assert.equal(entries[0]?.seq, last);
      seen.push(...entries.slice(1).map(({ seq }) => seq));
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 5000 }, (_, index) => index + 1),
    );
    const node = await coordination.register(identity('a'), undefined, leaseMs);
    await coordination.acknowledge(node, 5000);
    await coordination.pruneLog(10);
    assert.equal((await coordination.readLog(0)).entries.length, 10);
  });

  test(`${engine}: a late acknowledgement of less takes nothing back`, async (t) => {
    const { append, coordination } = await open(t);
    const node = await coordination.register(identity('a'), undefined, leaseMs);
    const [seq = 0] = await append(keyChange(1));
    assert.equal(await coordination.acknowledge(node, seq), true);
    assert.equal(await coordination.acknowledge(node, seq - 1), true);
    assert.equal((await coordination.listNodes())[0]?.acked, seq);
  });

  test(`${engine}: of the log goes what every node has acknowledged, except the newest entries`, async (t) => {
    const { append, coordination } = await open(t);
    const [one, two] = [
      await coordination.register(identity('1'), undefined, leaseMs),
      await coordination.register(identity('2'), undefined, leaseMs),
    ];
    await append(...Array.from({ length: 10 }, () => keyChange(1)));
    const left = async () => (await coordination.readLog(0)).entries.map(({ seq }) => seq);
    await coordination.acknowledge(one, 9);
    await coordination.acknowledge(two, 3);
    await coordination.pruneLog(4);
    // The entry that a node knows last tells it that this is still the log it knows.
    assert.deepEqual(await left(), [3, 4, 5, 6, 7, 8, 9, 10]);
    await coordination.acknowledge(two, 10);
    await coordination.pruneLog(4);
    assert.deepEqual(await left(), [7, 8, 9, 10]);
    await coordination.acknowledge(one, 10);
    await coordination.pruneLog(0);
    assert.deepEqual(await left(), [10]);
  });

  test(`${engine}: also without a deletion to tell, the log goes on above what a node has seen`, async (t) => {
    const { coordination } = await open(t);
    await coordination.reassert([], 5);
    const { head, entries } = await coordination.readLog(0);
    assert.deepEqual(
      entries.map(({ seq, nonce }) => ({ seq, nonce })),
      [head],
    );
    assert.equal(head.seq, 6);
  });

  test(`${engine}: what a node asserts again goes on in the log above what that node has seen`, async (t) => {
    const { append, coordination } = await open(t);
    await append(keyChange(2), keyChange(3));
    const known = (await coordination.readLog(0)).entries;
    const lost = [1, 2, 99].map((keyId) => ({ seq: 8, nonce: 'x', deleted: true, ...keyChange(keyId) }));
    const mark = await coordination.reassert(lost, 9);
    const { head, entries } = await coordination.readLog(0);
    assert.deepEqual(mark, head);
    assert.deepEqual(entries.slice(0, 2), known);
    assert.deepEqual(
      entries
        .slice(2)
        .map(({ seq, change, deleted }) => [seq, change.kind === 'key' && change.keyId, deleted]),
      [
        [10, 1, true],
        [11, 2, true],
        [12, 99, true],
      ],
    );
    assert.equal((await coordination.reassert(lost.slice(0, 1), 7)).seq, 13);
  });

  test(`${engine}: without a registered node nothing goes of the log`, async (t) => {
    const { append, coordination } = await open(t);
    await append(keyChange(1), keyChange(2), keyChange(3));
    await coordination.pruneLog(1);
    assert.equal((await coordination.readLog(0)).entries.length, 3);
  });
}
