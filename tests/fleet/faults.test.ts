/** The cluster under faults, with real processes: the short form of `npm run test:fleet`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { EndlessStream } from './clients.ts';
import { databaseFaults } from './database-faults.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { promisesOfMoney } from './money.ts';
import { nodeFaults } from './node-faults.ts';
import { rollingRestart } from './rolling.ts';

let fleet: Fleet;
before(async () => {
  fleet = await startFleet({ nodes: 4 });
});
after(() => fleet?.stop());

for (const fault of nonEmpty([...nodeFaults, ...databaseFaults])) {
  test(`no right outlives its revocation: ${fault.name}`, async (t) => {
    await fleet.settle();
    const { attempts, admitted, after, soonAfter, waited, deleteMs, stalled } = await fault.run(fleet);
    const [deleted] = waited;
    t.diagnostic(
      `${admitted} of ${attempts} attempts admitted, ${after} began after a confirmation (${soonAfter} within ` +
        `10 ms); the deletion took ${deleteMs.toFixed(0)} ms, ${JSON.stringify(deleted)}` +
        (stalled ? '; the machine stood still' : ''),
    );
    assert.ok(after > 0, 'nothing came after the confirmation');
  });
}

for (const { name, run } of promisesOfMoney) {
  test(name, async (t) => {
    await fleet.settle();
    t.diagnostic(await run(fleet));
  });
}

test('strict mode: no right outlives its revocation, without a fault and with a stalled node', async () => {
  const strict = await startFleet({ nodes: 3, env: { HALLEY_ADMISSION_MODE: 'strict' } });
  try {
    for (const fault of nonEmpty(
      nodeFaults.filter(({ name }) => /without a fault|SIGSTOP.*longer/.test(name)),
    )) {
      await strict.settle();
      assert.ok((await fault.run(strict)).after > 0);
    }
    assert.equal(await strict.wrongInMemory(), 0);
  } finally {
    await strict.stop();
  }
});

test('a client that reads gets an orderly end of its stream before the lease of a cut-off node expires', async (t) => {
  const node = fleet.node(fleet.nodes.length - 1);
  const key = await fleet.createKey();
  const endings: string[] = [];
  // If the machine stalls, the lease may expire first. Then repeat.
  for (let round = 0; round < 5 && endings.at(-1) !== 'store_unavailable'; round++) {
    await fleet.settle();
    const stream = new EndlessStream(node, key.value);
    await until(() => stream.newestPiece > 0 || stream.isOver);
    node.proxy.set('swallow');
    await until(() => stream.isOver);
    endings.push(stream.ending);
    node.proxy.set('pass');
  }
  t.diagnostic(`the streams ended with: ${endings.join(', ')}`);
  assert.equal(endings.at(-1), 'store_unavailable');
});

test('no node has found a stale cache entry', async () => {
  await until(async () => (await fleet.checkedInMemory()) > 0, 200);
  assert.equal(await fleet.wrongInMemory(), 0);
});

test('a rolling restart fails no request', async (t) => {
  await fleet.settle();
  t.diagnostic(await rollingRestart(fleet, 2));
});
