/** The guards of the protocol, each taken out by itself, and the configuration in which that shows. */

import type { Edit } from '../../tests/support/mutants.ts';

export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** In which configuration it shows. */
  readonly shownBy: string;
}

const files = {
  nodeCore: 'src/revocation/node-core.ts',
  barrierCore: 'src/revocation/barrier-core.ts',
  lease: 'src/revocation/lease.ts',
  fills: 'src/access/fills.ts',
  database: 'sim/model/database.ts',
  node: 'sim/model/node.ts',
  changes: 'sim/model/changes.ts',
} as const;

export const mutants: readonly Mutant[] = [
  {
    name: 'a read that became stale is installed',
    shownBy: 'two at a time',
    edits: [
      {
        file: files.fills,
        find: 'return !fill.stale;',
        replace: 'return true;',
      },
    ],
  },
  {
    name: 'the wait is shorter than a lease',
    shownBy: 'every step of a deletion',
    edits: [
      {
        file: files.lease,
        find: 'return learnedAt + leaseMs * (1 + rateDriftMax);',
        replace: 'return learnedAt + leaseMs / 2;',
      },
    ],
  },
  {
    name: 'clocks are taken to go at one speed',
    shownBy: 'clocks of different speed',
    edits: [
      {
        file: files.lease,
        find: 'const rateDriftMax = 0.01;',
        replace: 'const rateDriftMax = 0;',
      },
    ],
  },
  {
    name: 'a lease is by the monotonic clock only',
    shownBy: 'a suspended machine',
    edits: [
      {
        file: files.lease,
        find: 'Math.max(now.monotonic - from.monotonic, now.wall - from.wall)',
        replace: 'now.monotonic - from.monotonic',
      },
    ],
  },
  {
    name: 'a lease is by the wall clock only',
    shownBy: 'a wall clock that is set',
    edits: [
      {
        file: files.lease,
        find: 'Math.max(now.monotonic - from.monotonic, now.wall - from.wall)',
        replace: 'now.wall - from.wall',
      },
    ],
  },
  {
    name: 'memory is believed without a lease',
    shownBy: 'two at a time',
    edits: [
      {
        file: files.nodeCore,
        find: 'state.lease !== undefined && isAlive(state.lease, now, state.leaseMs);',
        replace: 'state.lease !== undefined && now !== undefined;',
      },
    ],
  },
  {
    name: 'a renewal holds without the log being read',
    shownBy: 'two at a time',
    edits: [
      {
        file: files.nodeCore,
        find: `        state.extended = state.sentAt;
        readLog(state, effects);
      }`,
        replace: `        state.lease = state.sentAt;
      }`,
      },
    ],
  },
  {
    name: "a lease is counted from the renewal's answer",
    shownBy: 'every step of two revocations',
    edits: [
      {
        file: files.nodeCore,
        find: `      else {
        state.extended = state.sentAt;`,
        replace: `      else {
        state.extended = now;`,
      },
    ],
  },
  {
    name: 'a lease is counted from the answer of the log',
    shownBy: 'two at a time',
    edits: [
      {
        file: files.nodeCore,
        find: 'state.renewals.push({ from: renewal, needs: head.seq });',
        replace: 'state.renewals.push({ from: now, needs: head.seq });',
      },
    ],
  },
  {
    name: 'the log is read before the renewal is committed',
    shownBy: 'two at a time',
    edits: [
      {
        file: files.nodeCore,
        find: `    effects.push({ do: 'extend', epoch, incarnation });
`,
        replace: `    effects.push({ do: 'extend', epoch, incarnation });
    state.extended = now;
    readLog(state, effects);
`,
      },
    ],
  },
  {
    name: 'a change of the log is not applied in memory',
    shownBy: 'two at a time',
    edits: [
      {
        file: files.nodeCore,
        find: `    effects.push({ do: 'evict', changes });
`,
        replace: '',
      },
    ],
  },
  {
    name: 'only deletions are applied in memory',
    shownBy: 'off, on, off',
    edits: [
      {
        file: files.nodeCore,
        find: `    effects.push({ do: 'evict', changes });
`,
        replace: `    const gone = fresh.filter(({ deleted }) => deleted).map(({ change }) => change);
    effects.push({ do: 'evict', changes: gone });
`,
      },
    ],
  },
  {
    name: 'reads become stale by deletions only',
    shownBy: 'off, on, off',
    edits: [
      {
        file: files.node,
        find: 'if (effect.changes.some(isAboutWatched)) evictWatched(node);',
        replace: 'if (effect.changes.some(isAboutWatched)) node.memory = undefined;',
      },
    ],
  },
  {
    name: 'it is acknowledged before running requests have ended',
    shownBy: 'running requests',
    edits: [
      {
        file: files.nodeCore,
        find: 'return Math.min(applied?.seq ?? 0, ...enforcing.map(({ after }) => after));',
        replace: 'return enforcing && applied ? applied.seq : 0;',
      },
    ],
  },
  {
    name: 'a lapse does not end running requests',
    shownBy: 'running requests',
    edits: [
      {
        file: files.nodeCore,
        find: `  state.ending = true;
  effects.push({ do: 'end' });
`,
        replace: '',
      },
    ],
  },
  {
    name: 'a node registers before what ran has ended',
    shownBy: 'running requests',
    edits: [
      {
        file: files.nodeCore,
        find: `    if (state.ending) return;
`,
        replace: '',
      },
    ],
  },
  {
    name: 'nothing is forgotten with a new registration',
    shownBy: 'two at a time',
    edits: [
      {
        file: files.nodeCore,
        find: `  fence(state, effects);
  effects.push({ do: 'forget' });
`,
        replace: `  fence(state, effects);
`,
      },
      {
        file: files.nodeCore,
        find: `  if (!applied || server !== state.server) effects.push({ do: 'forget' });
`,
        replace: '',
      },
    ],
  },
  {
    name: 'nothing is forgotten when the log is first read',
    shownBy: 'every step of a deletion',
    edits: [
      {
        file: files.nodeCore,
        find: 'if (!applied || server !== state.server)',
        replace: 'if (applied && server !== state.server)',
      },
    ],
  },
  {
    name: 'what has renewed is expelled',
    shownBy: 'two revocations',
    edits: [
      {
        file: files.database,
        find: 'if (row && row.renewals === renewals)',
        replace: 'if (row)',
      },
    ],
  },
  {
    name: 'a registration replaces the one in use',
    shownBy: 'late statements',
    edits: [
      {
        file: files.database,
        find: 'if (row.incarnation === replaces) row.isActive = false;',
        replace: 'if (row.process === process) row.isActive = false;',
      },
    ],
  },
  {
    name: 'a registration ends those of other processes',
    shownBy: 'a crash',
    edits: [
      {
        file: files.database,
        find: 'if (row.incarnation === replaces) row.isActive = false;',
        replace: 'if (row.node === node) row.isActive = false;',
      },
    ],
  },
  {
    name: 'places in the log are not in the order of commits',
    shownBy: 'two at a time',
    edits: [
      {
        file: files.database,
        find: `  db.clock = { seq: db.clock.seq + 1, nonce: String(db.nonces) };
`,
        replace: `  db.clock = { seq: db.log.length === 0 ? 2 : 1, nonce: String(db.nonces) };
`,
      },
    ],
  },
  {
    name: 'histories are distinguished by length only',
    shownBy: 'a fail-over',
    edits: [
      {
        file: files.nodeCore,
        find: 'return same ? same.nonce === applied.nonce : applied.seq === 0;',
        replace: 'return same !== undefined || applied.seq === 0;',
      },
    ],
  },
  {
    name: 'what a node knew is not compared under a new registration',
    shownBy: 'a fail-over',
    edits: [
      {
        file: files.nodeCore,
        find: `  state.known = state.applied ?? state.known;
`,
        replace: '',
      },
    ],
  },
  {
    name: 'a change is confirmed with those before it, although its maker has not followed',
    shownBy: 'asked for again after another change',
    edits: [
      {
        file: files.database,
        find: 'db.confirmed = [...db.confirmed, seq];',
        replace: 'db.confirmed = Array.from({ length: seq }, (_, at) => at + 1);',
      },
      {
        file: files.changes,
        find: 'return followed && isPassed(',
        replace: 'return isPassed(',
      },
      {
        file: files.changes,
        find: 'change.isConfirming = !node || enforcedUpTo(node.state) >= seq;',
        replace: 'change.isConfirming = true;',
      },
    ],
  },
  {
    name: 'an expelled node goes on',
    shownBy: 'two at a time',
    edits: [
      {
        file: files.nodeCore,
        find: `if (!event.known) startAnew(state, now, effects);
      else {`,
        replace: 'if (event.known !== undefined) {',
      },
    ],
  },
];
