/** The guards of the protocol, each removed in one mutant, and the configuration that finds the fault. */

import type { Edit } from '../../tests/support/mutants.ts';

export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The configuration that finds the fault. */
  readonly shownBy: string;
}

const runOfDatabase = 'the cache is of one run of the database';

const oneClock = (which: 0 | 1): Edit => ({
  mark: 'the clock that shows more',
  part: 'declarations.0.init',
  with: (of) => of(`declarations.0.init.arguments.${which}`),
});

export const mutants: readonly Mutant[] = [
  {
    name: 'a read that became stale is installed',
    shownBy: 'two at a time',
    edits: [{ mark: 'a stale read is not installed', part: 'argument', with: 'true' }],
  },
  {
    name: 'the wait is shorter than a lease',
    shownBy: 'every step of a deletion',
    edits: [
      {
        mark: 'the end of all leases',
        part: 'argument.right',
        with: (of) => `${of('argument.right.left')} / 2`,
      },
    ],
  },
  {
    name: 'clocks are taken to go at one speed',
    shownBy: 'clocks of different speed',
    edits: [{ mark: 'drift of clocks', part: 'declarations.0.init', with: '0' }],
  },
  {
    name: 'a lease is by the monotonic clock only',
    shownBy: 'a suspended machine',
    edits: [oneClock(0)],
  },
  {
    name: 'a lease is by the wall clock only',
    shownBy: 'a wall clock that is set',
    edits: [oneClock(1)],
  },
  {
    name: 'memory is believed without a lease',
    shownBy: 'two at a time',
    edits: [{ mark: 'serving needs a lease', part: 'argument', with: (of) => of('argument.left') }],
  },
  {
    name: 'a renewal holds without the log being read',
    shownBy: 'two at a time',
    edits: [
      { mark: 'an expelled node registers anew', part: 'alternate', with: '{ state.lease = state.sentAt; }' },
    ],
  },
  {
    name: "a lease is counted from the renewal's answer",
    shownBy: 'every step of two revocations',
    edits: [{ mark: 'start of an extended lease', part: 'expression.right', with: 'now' }],
  },
  {
    name: 'a lease is counted from the answer of the log',
    shownBy: 'two at a time',
    edits: [
      {
        mark: 'a renewal counts from its sending',
        part: 'consequent.expression.arguments.0.properties.0.value',
        with: 'now',
      },
    ],
  },
  {
    name: 'the log is read before the renewal is committed',
    shownBy: 'two at a time',
    edits: [
      {
        mark: 'the log is read after a renewal',
        with: (of) => `${of('')} state.extended = now; readLog(state, effects);`,
      },
    ],
  },
  {
    name: 'a change of the log is not applied in memory',
    shownBy: 'two at a time',
    edits: [{ mark: 'the log is applied to the cache', with: '' }],
  },
  {
    name: 'only deletions are applied in memory',
    shownBy: 'off, on, off',
    edits: [
      {
        mark: 'the log is applied to the cache',
        part: 'expression.arguments.0.properties.1',
        with: 'changes: fresh.filter(({ deleted }) => deleted).map(({ change }) => change)',
      },
    ],
  },
  {
    name: 'reads become stale by deletions only',
    shownBy: 'off, on, off',
    edits: [{ mark: 'the model makes reads stale', part: 'consequent', with: 'node.memory = undefined;' }],
  },
  {
    name: 'it is acknowledged before running requests have ended',
    shownBy: 'running requests',
    edits: [{ mark: 'acknowledged is enforced', part: 'argument', with: (of) => of('argument.arguments.0') }],
  },
  {
    name: 'a lapse does not end running requests',
    shownBy: 'running requests',
    edits: [
      { mark: 'the end of requests is awaited', with: '' },
      { mark: 'a lapse ends requests', with: '' },
    ],
  },
  {
    name: 'a node registers before what ran has ended',
    shownBy: 'running requests',
    edits: [{ mark: 'a registration comes after the end of requests', with: '' }],
  },
  {
    name: 'nothing is forgotten with a new registration',
    shownBy: 'two at a time',
    edits: [
      { mark: 'the cache is of one registration', with: '' },
      { mark: runOfDatabase, with: '' },
    ],
  },
  {
    name: 'nothing is forgotten when the log is first read',
    shownBy: 'every step of a deletion',
    edits: [
      {
        mark: runOfDatabase,
        part: 'test',
        with: (of) => `${of('test.left.argument')} && ${of('test.right')}`,
      },
    ],
  },
  {
    name: 'what has renewed is expelled',
    shownBy: 'two revocations',
    edits: [{ mark: 'the model expels who does not renew', part: 'test', with: (of) => of('test.left') }],
  },
  {
    name: 'a registration replaces the one in use',
    shownBy: 'late statements',
    edits: [
      { mark: 'the model replaces one registration', part: 'body.test', with: 'row.process === process' },
    ],
  },
  {
    name: 'a registration ends those of other processes',
    shownBy: 'a crash',
    edits: [{ mark: 'the model replaces one registration', part: 'body.test', with: 'row.node === node' }],
  },
  {
    name: 'places in the log are not in the order of commits',
    shownBy: 'two at a time',
    edits: [
      {
        mark: 'the model counts commits',
        part: 'expression.right.properties.0.value',
        with: 'db.log.length === 0 ? 2 : 1',
      },
    ],
  },
  {
    name: 'histories are distinguished by length only',
    shownBy: 'a fail-over',
    edits: [
      {
        mark: 'a nonce identifies a log',
        part: 'argument',
        with: (of) => `${of('argument.test')} !== undefined || ${of('argument.alternate')}`,
      },
    ],
  },
  {
    name: 'what a node knew is not compared under a new registration',
    shownBy: 'a fail-over',
    edits: [{ mark: 'an earlier registration is compared', with: '' }],
  },
  {
    name: 'a change is confirmed with those before it, although its maker has not followed',
    shownBy: 'asked for again after another change',
    edits: [
      {
        mark: 'the model confirms one change',
        part: 'expression.right',
        with: 'Array.from({ length: seq }, (_, at) => at + 1)',
      },
      {
        mark: 'the model answers when the maker has followed',
        part: 'argument',
        with: (of) => of('argument.right'),
      },
      { mark: 'the model confirms when the maker has followed', part: 'expression.right', with: 'true' },
    ],
  },
  {
    name: 'an expelled node goes on',
    shownBy: 'two at a time',
    edits: [{ mark: 'an expelled node registers anew', part: 'test', with: 'false' }],
  },
];
