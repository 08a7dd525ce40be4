/** Lists everything that can happen next in a state of the modelled world. */
import { beginFill, endFill } from '../../src/access/fills.ts';
import { newNode } from '../../src/revocation/node-core.ts';
import { endRunning, stepsOf } from './changes.ts';
import { copyDatabase, earlier, watchedKey } from './database.ts';
import { matters, servesNow, take } from './node.ts';
import { deliver, execute, fail, nameOf } from './statements.ts';
import type { Node, World } from './world.ts';

export interface Move {
  readonly says: string;
  /**
   * `due`: happens eventually when there are no faults. `look`: so does this, but it may change nothing. `time`:
   * one step of time passes. `chance`: may never happen.
   */
  readonly kind: 'due' | 'look' | 'time' | 'chance';
  /** Modifies the given world. */
  readonly make: (world: World) => void;
}

export function movesOf(world: World): Move[] {
  const moves: Move[] = [];
  world.nodes.forEach((node, index) => {
    nodeMoves(world, node, index, moves);
    requestMoves(world, node, index, moves);
    machineMoves(world, node, index, moves);
  });
  changeMoves(world, moves);
  makerMoves(world, moves);
  failoverMoves(world, moves);
  moves.push({ says: 'time passes', kind: 'time', make: (after) => pass(after, undefined) });
  return moves;
}

/** A move of one node. `make` finds the node in the world that it receives. */
function on(index: number, says: string, kind: Move['kind'], make: (node: Node, world: World) => void): Move {
  const act = (world: World) => {
    const node = world.nodes[index];
    if (node) make(node, world);
  };
  return { says: `node ${index + 1}: ${says}`, kind, make: act };
}

function nodeMoves(world: World, node: Node, index: number, moves: Move[]): void {
  node.asked.forEach((asked, which) => {
    const name = nameOf(asked);
    const its = (make: (asked: Node['asked'][number], node: Node, world: World) => void) => {
      return (after: Node, afterWorld: World) => {
        const same = after.asked[which];
        if (same) make(same, after, afterWorld);
      };
    };
    if (asked.answer === undefined) {
      const late = asked.isGivenUp ? ', which was given up, is executed late' : ' is executed';
      const isAnswered = world.configuration.isCoarse && !asked.isGivenUp && asked.what !== 'read';
      const run = its((same, after, afterWorld) => {
        execute(afterWorld, index, same);
        if (isAnswered) deliver(after, same);
        else after.asked = after.asked.filter(matters);
      });
      moves.push(on(index, `${name}${late}`, asked.isGivenUp ? 'chance' : 'due', run));
    } else
      moves.push(
        on(
          index,
          `the answer of ${name} comes`,
          'due',
          its((same, after) => deliver(after, same)),
        ),
      );
    if (!asked.isGivenUp && world.budget.failures > 0) {
      const lose = its((same, after, afterWorld) => {
        afterWorld.budget.failures -= 1;
        fail(after, same);
      });
      moves.push(on(index, `no answer of ${name} comes in time`, 'chance', lose));
    }
  });
  if (node.life !== 'up') return;
  moves.push(on(index, 'looks at the clock', 'look', (after) => take(after, { on: 'tick' })));
  const { applied, reading, readAgain } = node.state;
  const isNews = applied !== undefined && applied.seq < world.db.clock.seq;
  if (applied && !(reading && readAgain) && (isNews || world.budget.hints > 0)) {
    const hint = (after: Node, afterWorld: World) => {
      if (!isNews) afterWorld.budget.hints -= 1;
      take(after, { on: 'hint' });
    };
    moves.push(on(index, 'hears that the log is longer', isNews ? 'look' : 'chance', hint));
  }
}

function requestMoves(world: World, node: Node, index: number, moves: Move[]): void {
  if (node.life !== 'up') return;
  if (node.fills.length < world.budget.fills && node.memory === undefined) {
    const { isCoarse } = world.configuration;
    const begin = (after: Node, { db }: World) => {
      const fill = beginFill(new Set(), String(watchedKey));
      after.fills.push({ fill, found: isCoarse ? db.isOn : undefined });
    };
    moves.push(on(index, isCoarse ? 'reads the key' : 'begins to read the key', 'chance', begin));
  }
  node.fills.forEach(({ found }, which) => {
    if (found === undefined) {
      const read = (after: Node, { db }: World) => {
        const filling = after.fills[which];
        if (filling) filling.found = db.isOn;
      };
      moves.push(on(index, 'the read of the key is executed', 'due', read));
    } else
      moves.push(
        on(index, 'the answer of the read of the key comes', 'due', (after) => endRead(after, which)),
      );
  });
  if (world.budget.running > 0 && !node.isRunning && node.memory === true && servesNow(node)) {
    const admit = (after: Node, afterWorld: World) => {
      after.isRunning = true;
      afterWorld.budget.running -= 1;
    };
    moves.push(on(index, 'admits a request, which goes on', 'chance', admit));
  }
  if (node.isEnding) {
    const end = (after: Node, afterWorld: World) => {
      after.isEnding = false;
      endRunning(afterWorld, after);
      take(after, { on: 'ended' });
    };
    moves.push(on(index, 'all running requests have ended', 'due', end));
  }
  node.enforcing.forEach((_, which) => {
    moves.push(
      on(index, 'goes on judging what runs by the log', 'due', (after, w) => enforce(w, after, which)),
    );
  });
}

function endRead(node: Node, which: number): void {
  const filling = node.fills[which];
  if (!filling) return;
  node.fills = node.fills.filter((other) => other !== filling);
  if (endFill(new Set([filling.fill]), filling.fill)) node.memory = filling.found;
}

/** As `Access.enforce`: reads the present key policies, then aborts requests without access. */
function enforce(world: World, node: Node, which: number): void {
  const enforcing = node.enforcing[which];
  if (!enforcing) return;
  if (enforcing.isAbout && enforcing.found === undefined) {
    enforcing.found = world.db.isOn;
    return;
  }
  node.enforcing = node.enforcing.filter((other) => other !== enforcing);
  if (enforcing.isAbout && enforcing.found === false) endRunning(world, node);
  take(node, { on: 'enforced', epoch: enforcing.epoch, upTo: enforcing.upTo });
}

function machineMoves(world: World, node: Node, index: number, moves: Move[]): void {
  const { budget } = world;
  if (node.life === 'down') {
    moves.push(on(index, 'starts again', 'due', (after, afterWorld) => start(afterWorld, after, index)));
    return;
  }
  if (budget.crashes > 0)
    moves.push(on(index, 'crashes', 'chance', (after, afterWorld) => crash(afterWorld, after, index)));
  if (budget.suspends > 0) {
    const suspend = (_: Node, afterWorld: World) => {
      afterWorld.budget.suspends -= 1;
      pass(afterWorld, index);
    };
    moves.push(on(index, 'is suspended while time passes', 'chance', suspend));
  }
  if (budget.wallSteps > 0) {
    for (const steps of [-2, 2]) {
      const set = (after: Node, afterWorld: World) => {
        afterWorld.budget.wallSteps -= 1;
        after.clocks.wall += steps * (world.configuration.steps[index] ?? 0);
      };
      moves.push(on(index, `its wall clock is set ${steps < 0 ? 'back' : 'forward'}`, 'chance', set));
    }
  }
}

function crash(world: World, node: Node, index: number): void {
  world.budget.crashes -= 1;
  node.life = 'down';
  node.memory = undefined;
  node.fills = [];
  node.enforcing = [];
  node.isEnding = false;
  node.isRunning = false;
  node.state = newNode(world.configuration.leaseMs);
  for (const asked of node.asked) asked.isGivenUp = true;
  node.asked = node.asked.filter(matters);
  world.changes.forEach((change, which) => {
    if (world.configuration.wishes[which]?.by !== index) return;
    change.isExpelling = false;
    change.isConfirming = false;
    if (change.stage === 'committed' || change.stage === 'learned') change.stage = 'broken off';
  });
}

function start(world: World, node: Node, index: number): void {
  node.process = world.processes;
  world.processes += 1;
  node.life = 'up';
  const incarnations = earlier(world.db, index, node.process);
  if (incarnations.length === 0) return;
  node.life = 'starting';
  node.asked.push({ what: 'retire', epoch: 0, isGivenUp: false, process: node.process, incarnations });
}

function changeMoves(world: World, moves: Move[]): void {
  world.changes.forEach((_, index) => {
    const what = world.configuration.wishes[index]?.what;
    for (const { says, isDue, make } of stepsOf(world, index)) {
      const act = (after: World) => {
        const change = after.changes[index];
        if (change) make(after, change);
      };
      const kind: Move['kind'] = isDue ? (says.startsWith('looks again') ? 'look' : 'due') : 'chance';
      moves.push({ says: `change ${index + 1} (${what}) ${says}`, kind, make: act });
    }
  });
}

/** A maker that serves no model requests dies after an incomplete change, which is then requested again. */
function makerMoves(world: World, moves: Move[]): void {
  const { wishes } = world.configuration;
  if (world.budget.deaths === 0) return;
  world.changes.forEach(({ stage }, index) => {
    if (wishes[index]?.by !== undefined || (stage !== 'committed' && stage !== 'learned')) return;
    const die = (after: World) => {
      after.budget.deaths -= 1;
      const change = after.changes[index];
      if (change) change.stage = 'broken off';
    };
    moves.push({ says: `who makes change ${index + 1} dies`, kind: 'chance', make: die });
  });
}

function failoverMoves(world: World, moves: Move[]): void {
  if (world.budget.failovers === 0) return;
  if (!world.standby) {
    const fallBehind = (after: World) => {
      after.standby = copyDatabase(after.db);
    };
    moves.push({ says: 'the standby falls behind from here on', kind: 'chance', make: fallBehind });
  }
  const how = world.standby ? 'which is behind' : 'which is not behind';
  moves.push({ says: `the standby, ${how}, takes over`, kind: 'chance', make: failOver });
}

/** Every pending statement fails. Commits after the standby fell behind are lost. */
function failOver(world: World): void {
  const { nonces, server } = world.db;
  world.budget.failovers -= 1;
  world.hasLost = world.standby !== undefined;
  world.db = { ...(world.standby ?? world.db), nonces, server: server + 1 };
  world.standby = undefined;
  for (const node of world.nodes) {
    for (const asked of [...node.asked]) if (!asked.isGivenUp) fail(node, asked);
    node.asked = node.asked.filter(({ answer, isGivenUp }) => answer === undefined && !isGivenUp);
    node.fills = [];
  }
}

/** @param suspended index of a machine whose monotonic clock stands still meanwhile */
function pass(world: World, suspended: number | undefined): void {
  const { steps } = world.configuration;
  const own = steps[world.nodes.length] ?? 0;
  world.clocks.monotonic += own;
  world.clocks.wall += own;
  world.nodes.forEach(({ clocks }, index) => {
    if (index !== suspended) clocks.monotonic += steps[index] ?? 0;
    clocks.wall += steps[index] ?? 0;
  });
}
