/**
 * Some moments are worse than others, and chance alone seldom finds them. In an ambush a node is cut off for long
 * when it has just renewed its lease; rights are revoked elsewhere about then, and again when the lease should
 * have ended.
 */
import { administer } from './clients.ts';
import type { Operation } from './database.ts';
import { countFault } from './figures.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/** For how long the node is cut off, in leases. */
const silence = 2.5;

/** Plans one, on some node; it waits for its moment. */
export function planAmbush(world: World): void {
  const { random, mix } = world;
  const victim = world.machines[random.below(mix.machines)];
  const kind = random.pick([cutAtRenewal, revokeBeforeAnswer, revokeBeforeRenewal]);
  world.after(random.between(0.3, 1.2) * mix.leaseMs, 'ambush', undefined, () => {
    if (!victim?.process || world.isHealed) return;
    countFault(world.figures, 'ambush');
    if (world.trace) world.note(victim, `is in an ambush: ${kind.name}`);
    kind(world, victim);
  });
}

/**
 * The node is cut off when it has renewed its lease, then rights are revoked.
 * @param makers who may do that
 */
export function cutAtRenewal(
  world: World,
  victim: Machine,
  makers: readonly Machine[] = othersThan(victim),
): void {
  world.onRead = (process) => {
    if (process.machine !== victim) return;
    cutOff(world, victim);
    revoke(world, makers);
    revokeAfterLease(world, victim);
  };
}

/** Rights are revoked when a renewal has been executed whose answer is slow; it is cut off after that. */
function revokeBeforeAnswer(world: World, victim: Machine): void {
  const { random, mix } = world;
  world.onExtend = (process) => {
    if (process.machine !== victim) return;
    world.onExtend = undefined;
    victim.loses = false;
    victim.answersHeldUntil = world.now + random.between(0.08, 0.45) * mix.leaseMs;
    revoke(world, othersThan(victim));
    revokeAfterLease(world, victim);
    world.onRead = (reader) => {
      if (reader.machine === victim && world.now >= victim.answersHeldUntil) cutOff(world, victim);
    };
  };
}

/** Rights are revoked by a node that is slow to look who is there; the other renews before, and is cut off. */
function revokeBeforeRenewal(world: World, victim: Machine): void {
  const { random, mix, database } = world;
  const maker = random.pick(othersThan(victim));
  const { onLogged } = database;
  database.onLogged = () => {
    database.onLogged = onLogged;
    onLogged();
    maker.loses = false;
    maker.requestsHeldUntil = world.now + random.between(0.15, 0.6) * mix.leaseMs;
    revokeAfterLease(world, victim);
    const from = world.now + random.between(0, 0.3) * mix.leaseMs;
    world.onRead = (process) => {
      if (process.machine === victim && world.now >= from) cutOff(world, victim);
    };
  };
  revoke(world, [maker]);
}

export const othersThan = (victim: Machine) => victim.world.machines.filter((other) => other !== victim);

function cutOff(world: World, victim: Machine): void {
  world.onRead = undefined;
  if (world.isHealed) return;
  if (world.trace) world.note(victim, 'is cut off');
  victim.loses = true;
  victim.requestsHeldUntil = world.now + silence * world.mix.leaseMs;
  victim.answersHeldUntil = victim.requestsHeldUntil;
}

export function revoke(world: World, makers: readonly Machine[]): void {
  const { random, mix } = world;
  const operation: Operation = {
    do: random.pick(['disable', 'delete']),
    key: random.below(mix.accountOf.length),
  };
  administer(world, operation, 0, random.pick(makers));
}

/** Several times, about when the lease of before should have ended. */
function revokeAfterLease(world: World, victim: Machine): void {
  const { random, mix } = world;
  for (let time = 0; time < 4; time += 1) {
    const ms = random.between(0.98, 1.4) * mix.leaseMs;
    world.after(ms, 'ambush again', undefined, () => revoke(world, othersThan(victim)));
  }
}
