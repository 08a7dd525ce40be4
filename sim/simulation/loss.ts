/**
 * Plans a fail-over that loses recent, observed changes while others take their sequences: the worst case of an
 * asynchronous standby.
 */
import { cutAtRenewal, othersThan, revoke } from './ambush.ts';
import { administer } from './clients.ts';
import type { Operation } from './database.ts';
import { failOver } from './fail-over.ts';
import { countFault } from './figures.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/** Plans a loss at a suitable moment. */
export function planLoss(world: World): void {
  const { random, mix } = world;
  const { leaseMs } = mix;
  const maker = random.pick(world.machines);
  const key = random.below(mix.accountOf.length);
  const delay = random.between(0.5, 1.4) * leaseMs;
  const isGivenBack = random.chance(0.4);
  if (isGivenBack) {
    const before = random.between(0.2, delay / leaseMs) * leaseMs;
    world.after(before, 'before the loss', undefined, () => change(world, maker, { do: 'disable', key }));
  }
  world.after(delay, 'loss', undefined, () => {
    if (world.isHealed) return;
    countFault(world.figures, 'history lost');
    const diesIn = random.between(0.01, 0.4) * leaseMs;
    failOver(world, diesIn, random.between(0, 0.1) * leaseMs, () => goOn(world, maker));
    if (random.chance(0.3)) joinAnew(random.pick(world.machines));
    for (let changes = random.below(4); changes >= 0; changes -= 1) {
      const operation: Operation =
        isGivenBack && changes === 0
          ? { do: 'enable', key }
          : { do: random.pick(['delete', 'disable', 'enable', 'narrow', 'widen']), key };
      const moment = random.between(0, 0.9) * diesIn;
      world.after(moment, 'to be lost', undefined, () => change(world, maker, operation));
    }
  });
}

/** Plans what follows: possibly another loss, joining nodes, revoked access. */
function goOn(world: World, maker: Machine): void {
  const { random, mix } = world;
  const { leaseMs } = mix;
  if (random.chance(0.3)) failOver(world, random.between(0, 0.6) * leaseMs, random.between(0, 0.1) * leaseMs);
  if (random.chance(0.3)) joinAnew(random.pick(world.machines));
  const victim = random.pick(othersThan(maker));
  world.after(random.between(0, 0.9) * leaseMs, 'after the loss', undefined, () => {
    if (random.chance(0.5)) cutAtRenewal(world, victim, random.chance(0.5) ? [maker] : othersThan(victim));
    else revoke(world, [maker]);
  });
  for (let repeats = random.below(4); repeats > 0; repeats -= 1) {
    const ms = random.between(0, 1.6) * leaseMs;
    world.after(ms, 'after the loss', undefined, () => revoke(world, othersThan(victim)));
  }
}

/** Lets a node join with a registration that may be lost, or may reuse a number. */
function joinAnew(machine: Machine): void {
  machine.crash();
  machine.start();
}

/** Makes a change, and lets clients use its key on all nodes. */
function change(world: World, maker: Machine, operation: Operation & { readonly key: number }): void {
  const { key } = operation;
  administer(world, operation, 0, maker);
  for (const { process } of world.machines) {
    const ms = world.random.between(0, 0.2) * world.mix.leaseMs;
    const invokedAt = world.now + ms;
    if (process) world.after(ms, 'client', process, () => process.arrive({ key, model: 0, invokedAt }));
  }
}
