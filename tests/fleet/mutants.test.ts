/** Shows that the race under faults can fail: it must catch a gateway with one guard removed. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Edit, mutate, someOf } from '../support/mutants.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { type Fault, nodeFaults } from './node-faults.ts';

interface Mutant {
  readonly name: string;
  readonly edits: readonly [Edit, ...Edit[]];
  /** The fault that reveals the mutant. */
  readonly fault: string;
}

const cutOff = 'a node cut off by a network that swallows everything';

const mutants: readonly Mutant[] = [
  {
    name: 'what other nodes change is not forgotten',
    fault: 'without a fault',
    edits: [{ mark: 'changes of others are evicted', part: 'alternate.alternate', with: ';' }],
  },
  {
    name: 'a lease never lapses',
    fault: cutOff,
    edits: [
      { mark: 'serving needs a lease', part: 'argument', with: (of) => of('argument.left') },
      // In-flight requests end before a lease expires, which would hide that the lease does not expire.
      { mark: 'requests end before the lease', part: 'value.body', with: 'undefined' },
    ],
  },
  {
    name: 'nobody is waited for',
    fault: cutOff,
    edits: [
      {
        mark: 'all have acknowledged',
        part: 'argument.left',
        with: (of) => `${of('argument.left.left.expression.object')} !== undefined`,
      },
    ],
  },
  {
    name: 'nodes are waited for less than a lease',
    fault: cutOff,
    edits: [
      {
        mark: 'the end of all leases',
        part: 'argument.right',
        with: (of) => `${of('argument.right.left')} / 8`,
      },
    ],
  },
];

/** Runs the fault until the machine let every healthy node keep its lease: durations mean nothing in other runs. */
async function untilFair(fleet: Fleet, fault: Fault): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await fleet.settle();
    if (!(await fault.run(fleet)).stalled) return;
  }
}

for (const mutant of nonEmpty(someOf(mutants))) {
  test(`caught: ${mutant.name}`, async () => {
    const dir = mutate(['src'], mutant.edits);
    const fleet = await startFleet({ nodes: 3, entry: join(dir, 'src/cli/halley.ts') });
    try {
      const fault = nodeFaults.find(({ name }) => name === mutant.fault);
      assert.ok(fault);
      await assert.rejects(untilFair(fleet, fault), /admitted attempt|admits|passed on|confirmed early/);
    } finally {
      await fleet.settle();
      // The nodes may themselves have found stale cache entries.
      await fleet.stop().catch(() => undefined);
      rmSync(dir, { recursive: true });
    }
  });
}
