import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, fleet, identity, keyChange } from '../../tests/support/coordination.ts';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { until } from '../../tests/support/until.ts';
import { ManualClock } from '../platform/clock.ts';
import { tellingNodesMax } from '../store/coordination.ts';
import { Barriers } from './barriers.ts';

const leaseMs = 2000;

test('in a large fleet nobody is notified of acknowledgements, and a change looks for them every ten milliseconds', async (t) => {
  const { db, coordination } = await fleet(t);
  const names = Array.from({ length: tellingNodesMax + 1 }, (_, index) => `node ${index}`);
  const nodes: number[] = [];
  for (const name of nonEmpty(names)) {
    nodes.push(await coordination.register(identity(name), undefined, leaseMs));
  }
  const told: number[] = [];
  let hints = 0;
  const unfollow = await coordination.follow({
    onHint: () => {
      hints += 1;
    },
    onAcknowledged: (node) => void told.push(node),
    onAsked: () => undefined,
    onAnswered: () => undefined,
    onLost: () => undefined,
  });
  t.after(unfollow);
  const [seq = 0] = await append(db, keyChange(1));
  const clock = new ManualClock();
  const { processId } = identity('node 0');
  let looks = 0;
  const barriers = new Barriers({ coordination, clock, leaseMs, processId, onPassed: () => undefined });
  const confirmed = barriers.wait(seq, ({ members }) => {
    if (members) looks += 1;
  });
  await until(() => looks === 1);
  for (const node of nonEmpty(nodes.slice(1))) assert.ok(await coordination.acknowledge(node, seq));
  clock.advance(10);
  assert.deepEqual(await confirmed.then(({ nodes, unresponsive }) => ({ nodes, unresponsive })), {
    nodes: tellingNodesMax,
    unresponsive: 0,
  });
  // A later change is heard after what was said before it.
  const before = hints;
  await append(db, keyChange(2));
  await until(() => hints > before);
  assert.deepEqual(told, []);
});
