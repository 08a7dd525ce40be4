/**
 * Plans ambushes: bad moments that chance alone seldom finds. A node is cut off for long just after it has renewed
 * its lease; access is revoked elsewhere at about that time, and again when the lease should have expired.
 */
import { administer } from './clients.ts';
import type { Operation } from './database.ts';
import { countFault } from './figures.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/** How long the node is cut off, in leases. */
const silence = 2.5;

/** Plans an ambush of some node at a suitable moment. */
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
 * Cuts the node off when it has renewed its lease, then revokes access.
 * @param makers machines that may revoke
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

/** Revokes access when a renewal was executed whose response is slow, then cuts the node off. */
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

/** A node that is slow to look for members revokes access. The victim renews before that look, and is cut off. */
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

/** Revokes several times at about the time when the previous lease should have expired. */
function revokeAfterLease(world: World, victim: Machine): void {
  const { random, mix } = world;
  for (let time = 0; time < 4; time += 1) {
    const ms = random.between(0.98, 1.4) * mix.leaseMs;
    world.after(ms, 'ambush again', undefined, () => revoke(world, othersThan(victim)));
  }
}
