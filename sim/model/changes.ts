/** Steps of a change: commit, learn the sequence, look for members, wait, respond, and expel unresponsive nodes. */
import {
  isPassed,
  noteAcknowledged,
  observeMembers,
  openBarrier,
  unresponsive,
} from '../../src/revocation/barrier-core.ts';
import { enforcedUpTo } from '../../src/revocation/node-core.ts';
import { commit, confirm, expel, type Row } from './database.ts';
import { evictWatched } from './node.ts';
import type { Change, Clocks, Node, World } from './world.ts';

/** A possible next step of one change. */
export interface Step {
  readonly says: string;
  /** Whether the step happens without a decision. */
  readonly isDue: boolean;
  readonly make: (world: World, change: Change) => void;
}

function clocksOf(world: World, index: number): Clocks {
  const by = world.configuration.wishes[index]?.by;
  return (by === undefined ? undefined : world.nodes[by]?.clocks) ?? world.clocks;
}

function maker(world: World, index: number): Node | undefined {
  const by = world.configuration.wishes[index]?.by;
  return by === undefined ? undefined : world.nodes[by];
}

function mayBegin(world: World, index: number): boolean {
  const before = world.changes[index - 1];
  const node = maker(world, index);
  if (node && node.life !== 'up') return false;
  if (!before || before.stage === 'answered' || before.stage === 'broken off') return true;
  return world.configuration.isOverlapping && before.stage !== 'to come';
}

export function stepsOf(world: World, index: number): Step[] {
  const change = world.changes[index];
  if (!change) return [];
  switch (change.stage) {
    case 'to come':
      return mayBegin(world, index) ? [begin(index)] : [];
    case 'committed':
      return [learn(index)];
    case 'learned':
      return waitingSteps(world, index, change);
    case 'answered':
      return afterwards(world, index, change);
    case 'broken off':
      return [];
  }
}

function begin(index: number): Step {
  return {
    says: 'is committed',
    isDue: false,
    make: (world, change) => {
      const wish = world.configuration.wishes[index];
      if (!wish) return;
      if (wish.what === 'repeat') {
        repeat(world, change);
        return;
      }
      change.seq = commit(world.db, wish.what);
      // Giving access needs no barrier.
      change.stage = wish.what === 'on' ? 'answered' : 'committed';
      if (world.configuration.isCoarse && wish.by === undefined && wish.what !== 'on')
        learned(world, index, change);
    },
  };
}

/** The maker finds the key deleted, possibly before every node has applied the deletion. */
function repeat(world: World, change: Change): void {
  const deletion = world.db.log.find(({ deleted }) => deleted);
  if (!deletion) change.stage = 'broken off';
  else {
    change.seq = deletion.seq;
    change.stage = world.db.confirmed.includes(deletion.seq) ? 'answered' : 'committed';
  }
}

function learn(index: number): Step {
  return {
    says: 'is known to be committed by who made it',
    isDue: true,
    make: (world, change) => learned(world, index, change),
  };
}

function learned(world: World, index: number, change: Change): void {
  change.stage = 'learned';
  change.barrier = openBarrier(change.seq, clocksOf(world, index).monotonic);
  const node = maker(world, index);
  if (!node || world.configuration.wishes[index]?.what === 'other') return;
  evictWatched(node);
  if (node.isRunning) change.own = { epoch: 0, upTo: change.seq, isAbout: true, found: undefined };
}

function waitingSteps(world: World, index: number, change: Change): Step[] {
  const { barrier, own, look } = change;
  if (!barrier) return [];
  const steps: Step[] = own ? [ownEnforced(index)] : [];
  if (isLastOfAll(world)) {
    if (!own) steps.push(looksAndAnswers(index));
    return steps;
  }
  if (look === 'to come') steps.push(firstLook);
  else if (look === 'done') steps.push(laterLook(index));
  else steps.push(lookEnds(index));
  for (const { isActive, incarnation, told } of world.db.rows) {
    if (isActive && told >= change.seq && !barrier.acknowledged.includes(incarnation))
      steps.push(hears(incarnation));
  }
  if (!own && mayAnswer(world, index, change)) steps.push(answer(index));
  return steps;
}

/** Membership matters only to whether the change may be confirmed. Earlier changes of it do not matter. */
function isLastOfAll(world: World): boolean {
  return world.configuration.isCoarse && world.changes.every(({ stage }) => stage !== 'to come');
}

function mayAnswer(world: World, index: number, { barrier, seq }: Change): boolean {
  if (!barrier) return false;
  const { monotonic } = clocksOf(world, index);
  const node = maker(world, index);
  const { leaseMs } = world.configuration;
  const followed = !node || enforcedUpTo(node.state) >= seq || monotonic - barrier.learnedAt >= leaseMs;
  // Mutated by tests: the model answers when the maker has followed
  return followed && isPassed(barrier, monotonic, leaseMs);
}

function looksAndAnswers(index: number): Step {
  return {
    says: 'looks who is there, and is answered (success) if all have followed',
    isDue: true,
    make: (world, change) => {
      const rows = world.db.rows.filter(({ isActive }) => isActive);
      const { barrier } = change;
      note(world, index, change, rows);
      if (mayAnswer(world, index, change)) answer(index).make(world, change);
      else change.barrier = barrier && openBarrier(change.seq, barrier.learnedAt);
    },
  };
}

const firstLook: Step = {
  says: 'looks who is there: executed',
  isDue: true,
  make: (world, change) => {
    change.look = world.db.rows.filter(({ isActive }) => isActive).map((row) => ({ ...row }));
  },
};

function note(world: World, index: number, change: Change, rows: readonly Row[]): void {
  const { barrier } = change;
  const process = maker(world, index)?.process ?? -1;
  const listed = rows.map((row) => ({ ...row, processId: String(row.process) }));
  if (barrier) observeMembers(barrier, listed, String(process), clocksOf(world, index).monotonic);
}

function lookEnds(index: number): Step {
  return {
    says: 'learns who is there',
    isDue: true,
    make: (world, change) => {
      if (typeof change.look !== 'string') note(world, index, change, change.look);
      change.look = 'done';
    },
  };
}

/** The view of the log only grows, so a late response is equivalent to an early look. */
function laterLook(index: number): Step {
  return {
    says: 'looks again who is there',
    isDue: true,
    make: (world, change) =>
      note(
        world,
        index,
        change,
        world.db.rows.filter(({ isActive }) => isActive),
      ),
  };
}

function hears(incarnation: number): Step {
  return {
    says: `hears that ${incarnation} has acknowledged it`,
    isDue: true,
    make: (_, { barrier, seq }) => {
      if (barrier) noteAcknowledged(barrier, incarnation, seq);
    },
  };
}

/** As `Access.enforce`: authorizes the in-flight requests again with the present key policies. */
function ownEnforced(index: number): Step {
  return {
    says: 'has its own running requests ended',
    isDue: true,
    make: (world, change) => {
      const node = maker(world, index);
      if (node && change.own?.isAbout && !world.db.isOn) endRunning(world, node);
      change.own = undefined;
    },
  };
}

/** The in-flight request has ended, so no authorization of it is pending. */
export function endRunning(world: World, node: Node): void {
  node.isRunning = false;
  for (const each of node.enforcing) each.isAbout = false;
  world.changes.forEach(({ own }, index) => {
    if (own && maker(world, index) === node) own.isAbout = false;
  });
}

function answer(index: number): Step {
  return {
    says: 'is answered: success',
    isDue: true,
    make: (world, change) => {
      const node = maker(world, index);
      const { barrier, seq } = change;
      change.stage = 'answered';
      const byAcknowledgement = barrier?.waitingFor?.length === 0;
      if (byAcknowledgement && !world.db.isOn) world.broken = stillRunning(world, seq);
      change.isExpelling = (barrier?.waitingFor?.length ?? 0) > 0;
      // Mutated by tests: the model confirms when the maker has followed
      change.isConfirming = !node || enforcedUpTo(node.state) >= seq;
    },
  };
}

/** Without unresponsive nodes, in-flight requests must have ended, not only stopped sending. */
function stillRunning(world: World, seq: number): string | undefined {
  if (world.db.givenBackAt > seq || world.hasLost) return undefined;
  const about = world.db.log.find((entry) => entry.seq === seq)?.change;
  if (about?.kind !== 'key' || about.keyId !== 1) return undefined;
  const index = world.nodes.findIndex(
    ({ isRunning, life, state }) =>
      isRunning &&
      life === 'up' &&
      world.db.rows.some(({ isActive, incarnation }) => isActive && incarnation === state.incarnation),
  );
  return index === -1
    ? undefined
    : `answered by acknowledgement while a request still runs on node ${index + 1}`;
}

function afterwards(world: World, index: number, change: Change): Step[] {
  const { barrier, isExpelling, isConfirming } = change;
  const steps: Step[] = [];
  const deletions = world.configuration.wishes.some(({ what }) => what === 'repeat');
  if (isConfirming && deletions) steps.push(confirmed);
  // Expulsions matter only to later looks for members.
  if (!isExpelling || !barrier || world.changes.every(({ stage }) => stage !== 'to come')) return steps;
  const silent = unresponsive(barrier, clocksOf(world, index).monotonic, world.configuration.leaseMs);
  const isThere = ({ incarnation }: { incarnation: number }) =>
    world.db.rows.some((row) => row.isActive && row.incarnation === incarnation);
  if (silent?.some(isThere)) {
    steps.push({
      says: `expels ${silent.map(({ incarnation }) => incarnation).join(', ')} if not renewed since`,
      isDue: false,
      make: ({ db }, made) => {
        expel(db, silent);
        made.isExpelling = false;
      },
    });
  }
  return steps;
}

const confirmed: Step = {
  says: 'is noted as confirmed',
  isDue: true,
  make: ({ db }, change) => {
    confirm(db, change.seq);
    change.isConfirming = false;
  },
};
