/** Shows that the race under faults can fail: a gateway with one guard taken out must be caught. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Edit, mutate } from '../support/mutants.ts';
import { startFleet } from './fleet.ts';
import { nodeFaults } from './node-faults.ts';

interface Mutant {
  readonly name: string;
  readonly edits: readonly [Edit, ...Edit[]];
  /** The fault that brings it to light. */
  readonly fault: string;
}

const mutants: readonly Mutant[] = [
  {
    name: 'what other nodes change is not forgotten',
    fault: 'without a fault',
    edits: [{ file: 'src/revocation/node-handlers.ts', find: 'else access.evict(change);', replace: '' }],
  },
  {
    name: 'a lease never lapses',
    fault: 'a node cut off by a network that swallows everything',
    edits: [
      {
        file: 'src/revocation/node-core.ts',
        find: 'return !state.fenced && state.lease !== undefined && isAlive(state.lease, now, state.leaseMs);',
        replace: 'return !state.fenced && state.lease !== undefined;',
      },
      // Requests are ended in order before a lease lapses, which would hide that it does not lapse.
      {
        file: 'src/revocation/cluster-node.ts',
        find: 'onEnding: (leftMs) => this.#abortInOrder(leftMs),',
        replace: 'onEnding: () => undefined,',
      },
    ],
  },
  {
    name: 'nobody is waited for',
    fault: 'a node cut off by a network that swallows everything',
    edits: [
      {
        file: 'src/revocation/barrier-core.ts',
        find: 'return barrier.waitingFor?.length === 0 ||',
        replace: 'return barrier.waitingFor !== undefined ||',
      },
    ],
  },
  {
    name: 'nodes are waited for less than a lease',
    fault: 'a node cut off by a network that swallows everything',
    edits: [
      {
        file: 'src/revocation/lease.ts',
        find: 'return learnedAt + leaseMs * (1 + rateDriftMax);',
        replace: 'return learnedAt + leaseMs / 8;',
      },
    ],
  },
];

for (const mutant of mutants) {
  test(`caught: ${mutant.name}`, async () => {
    const dir = mutate(['src'], mutant.edits);
    const fleet = await startFleet({ nodes: 3, entry: join(dir, 'src/cli/halley.ts') });
    try {
      const fault = nodeFaults.find(({ name }) => name === mutant.fault);
      assert.ok(fault);
      await assert.rejects(fault.run(fleet), /admitted attempt|admits|passed on/);
    } finally {
      await fleet.settle();
      // Its nodes may have found by themselves that their memory is wrong.
      await fleet.stop().catch(() => undefined);
      rmSync(dir, { recursive: true });
    }
  });
}
