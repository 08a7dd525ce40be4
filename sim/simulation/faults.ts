/** Injects and repairs faults. */
import { failOver } from './fail-over.ts';
import { countFault } from './figures.ts';
import { Machine } from './machine.ts';
import type { FaultKind } from './mix.ts';
import type { World } from './world.ts';

/** Plans the faults of the schedule, most of them close to the operations. */
export function planFaults(world: World, operationsAt: readonly number[]): void {
  const { random, mix } = world;
  for (const kind of mix.faults) {
    const near = random.chance(0.8)
      ? random.pick(operationsAt) + random.between(-0.7, 0.5) * mix.leaseMs
      : random.between(0, mix.healsAt);
    const time = Math.min(Math.max(near, 0), mix.healsAt);
    world.queue.plan(time, kind, undefined, () => {
      if (world.isHealed) return;
      countFault(world.figures, kind);
      inflict(world, kind);
    });
  }
}

function inflict(world: World, kind: FaultKind): void {
  const { random, mix } = world;
  const ms = random.between(0.02, mix.faultsLast) * mix.leaseMs;
  const machine = random.pick(world.machines);
  if (world.trace) world.note(undefined, `${kind} (node ${machine.index}, ${ms.toFixed(0)} ms)`);
  switch (kind) {
    case 'pause':
    case 'suspend':
      stopForAWhile(machine, kind, ms);
      break;
    case 'crash':
      machine.crash();
      world.after(random.between(0, ms), 'start again', undefined, () => machine.start());
      break;
    case 'leave':
      leave(machine);
      world.after(random.between(0, ms), 'start again', undefined, () => machine.start());
      break;
    case 'join':
      join(world);
      break;
    case 'partition':
      partition(machine, ms);
      break;
    case 'step forward':
      machine.stepWall(ms);
      break;
    case 'step back':
      machine.stepWall(-ms);
      break;
    case 'prune':
      world.database.prune(random.below(4));
      break;
    default:
      breakDatabase(world, kind, ms);
  }
}

function stopForAWhile(machine: Machine, kind: 'pause' | 'suspend', ms: number): void {
  const { process, world } = machine;
  if (!process || process.isPaused) return;
  process.isPaused = true;
  if (kind === 'suspend') machine.suspend();
  world.after(ms, 'go on', undefined, () => {
    if (!process.isAlive || !process.isPaused) return;
    machine.wake();
    process.resume();
  });
}

/** Stops the process in order: it stops its work, then ends its registration. */
function leave(machine: Machine): void {
  const { process } = machine;
  if (!process || process.isPaused) return;
  void process.node.stop();
  machine.crash();
}

function join(world: World): void {
  const machine = new Machine(world, world.machines.length);
  world.machines.push(machine);
  machine.start();
}

function partition(machine: Machine, ms: number): void {
  const { world } = machine;
  const { random, now } = world;
  const which = random.below(3);
  machine.loses = random.chance(0.5);
  if (which !== 1) machine.requestsHeldUntil = now + ms;
  if (which !== 2) machine.answersHeldUntil = now + ms;
}

function breakDatabase(world: World, kind: FaultKind, ms: number): void {
  const { database, random } = world;
  if (kind === 'lossy fail-over') {
    failOver(world, random.between(0, 0.3) * ms, random.between(0, 0.1) * ms);
    return;
  }
  if (world.trace) world.note(undefined, 'the database is down');
  database.goDown();
  // A restart refuses statements for a moment, an outage for long.
  world.after(kind === 'restart' ? ms / 20 : ms, 'database is back', undefined, () => {
    if (world.trace) world.note(undefined, 'the database is up');
    database.comeUp(kind !== 'outage');
  });
}

/** Repairs everything and injects no more faults. */
export function heal(world: World): void {
  world.isHealed = true;
  world.database.comeUp(false);
  if (world.trace) world.note(undefined, 'everything is repaired');
  for (const machine of [...world.machines]) {
    machine.requestsHeldUntil = 0;
    machine.answersHeldUntil = 0;
    machine.wake();
    if (machine.process?.isPaused) machine.process.resume();
    machine.start();
  }
}
