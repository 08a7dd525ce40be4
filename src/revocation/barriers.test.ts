import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import type { NodeRow } from '../store/coordination.ts';
import { Barriers, type Progress } from './barriers.ts';

const other: NodeRow = {
  incarnation: 2,
  nodeId: 'two',
  processId: 'process two',
  name: 'two',
  version: '1',
  acked: 0,
  renewals: 1,
  leaseMs: 2000,
  startedMsAgo: 0,
  renewedMsAgo: 0,
};

test('changes of one commit wait together, and each caller follows what it waits for', async () => {
  let looks = 0;
  const passed: number[] = [];
  const barriers = new Barriers({
    coordination: {
      listNodes: async () => {
        looks += 1;
        return [other];
      },
      expel: async () => undefined,
    },
    clock: new ManualClock(),
    leaseMs: 2000,
    processId: 'process one',
    onPassed: ({ nodes }) => passed.push(nodes),
  });
  const heard: Progress[][] = [[], []];
  const waits = heard.map((told) => barriers.wait(7, (progress) => told.push(progress)));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(looks, 1);
  barriers.acknowledged(2, 7);
  const [one, two] = await Promise.all(waits);
  assert.equal(one, two);
  assert.deepEqual(passed, [1]);
  assert.ok((heard[0]?.length ?? 0) > 1);
  assert.deepEqual(heard[0], heard[1]);
  assert.equal(heard[1]?.at(-1)?.members?.[0]?.by, 'acknowledged');
});
