/** The bounded worlds that are looked at, each for one kind of trouble. */
import type { Configuration } from './world.ts';

const base = {
  nodes: 1,
  // Alive at ages of nought and one step, ended at two.
  leaseMs: 198,
  steps: [100, 100, 100],
  isOverlapping: false,
  isSettling: false,
  statesMax: 600_000,
} satisfies Partial<Configuration>;

export const configurations: readonly Configuration[] = [
  {
    ...base,
    name: 'a deletion',
    wishes: [{ what: 'delete', by: undefined }],
    budget: {},
    isSettling: false,
  },
  {
    ...base,
    name: 'two withdrawals',
    wishes: [
      { what: 'other', by: undefined },
      { what: 'delete', by: undefined },
    ],
    budget: {},
  },
];
