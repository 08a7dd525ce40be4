/** The bounded configurations that the model explores, each for one kind of fault. */
import type { Configuration } from './world.ts';

const base = {
  nodes: 1,
  // A lease is valid at ages of zero and one step, and expired at two.
  leaseMs: 198,
  steps: [100, 100, 100],
  isCoarse: true,
  isOverlapping: false,
  isJoined: false,
  isSettling: false,
  isInSuite: false,
  statesMax: 1_500_000,
} satisfies Partial<Configuration>;

const other = { what: 'other', by: undefined } as const;
const deletion = { what: 'delete', by: undefined } as const;
const off = { what: 'off', by: undefined } as const;
const byFirst = { what: 'delete', by: 0 } as const;
const on = { what: 'on', by: undefined } as const;

export const configurations: readonly Configuration[] = [
  {
    ...base,
    name: 'every step of a deletion',
    isInSuite: true,
    wishes: [deletion],
    budget: {},
    isCoarse: false,
  },
  {
    ...base,
    name: 'every step of two revocations',
    // A lease is valid at an age of zero and expired at one.
    leaseMs: 99,
    wishes: [other, deletion],
    budget: {},
    isCoarse: false,
    isJoined: true,
  },
  { ...base, name: 'two revocations', leaseMs: 99, wishes: [other, deletion], budget: { failures: 1 } },
  {
    ...base,
    name: 'two at a time',
    leaseMs: 99,
    isInSuite: true,
    wishes: [other, deletion],
    budget: {},
    isOverlapping: true,
  },
  { ...base, name: 'off, on, off', leaseMs: 99, isInSuite: true, wishes: [off, on, off], budget: {} },
  {
    ...base,
    name: 'late statements',
    wishes: [deletion],
    budget: { failures: 2, fills: 2 },
  },
  { ...base, name: 'a crash', wishes: [deletion], budget: { failures: 1, crashes: 1 } },
  { ...base, name: 'running requests', leaseMs: 99, wishes: [other, off], budget: { running: 1 } },
  {
    ...base,
    name: 'a running request, off, on, off',
    isInSuite: true,
    wishes: [off, on, off],
    budget: { running: 1, fills: 0 },
  },
  { ...base, name: 'a suspended machine', isInSuite: true, wishes: [deletion], budget: { suspends: 3 } },
  { ...base, name: 'a wall clock that is set', wishes: [deletion], budget: { wallSteps: 2 } },
  {
    ...base,
    name: 'clocks of different speed',
    leaseMs: 200,
    steps: [99, 101],
    wishes: [other, deletion],
    budget: {},
  },
  {
    ...base,
    name: 'made by the only node',
    wishes: [byFirst],
    budget: { failures: 1, crashes: 1, running: 1 },
  },
  {
    ...base,
    name: 'made by one of two nodes',
    nodes: 2,
    // A lease is valid at an age of zero and expired at one.
    leaseMs: 99,
    wishes: [byFirst],
    budget: {},
    isJoined: true,
  },
  {
    ...base,
    name: 'asked for again',
    wishes: [deletion, { what: 'repeat', by: 0 }],
    budget: { deaths: 1, failures: 1 },
    isJoined: true,
  },
  {
    ...base,
    name: 'asked for again after another change',
    leaseMs: 99,
    wishes: [deletion, { what: 'other', by: 0 }, { what: 'repeat', by: undefined }],
    budget: { deaths: 1 },
    isJoined: true,
  },
  {
    ...base,
    name: 'a fail-over',
    leaseMs: 99,
    wishes: [deletion, other],
    budget: { failovers: 1 },
    isJoined: true,
  },
  {
    ...base,
    name: 'comes right',
    leaseMs: 99,
    isInSuite: true,
    wishes: [off, on],
    budget: {},
    isSettling: true,
  },
];
