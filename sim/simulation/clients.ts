/** Administrators who give and revoke rights on any node, and clients who use keys on all nodes. */

import { HalleyError } from '../../src/platform/errors.ts';
import { AccessRevocation } from '../../src/revocation/access-revocation.ts';
import { modelCount, type Operation } from './database.ts';
import { modelName } from './keys.ts';
import type { Machine } from './machine.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';
import { OperationWrites } from './writes.ts';

type Answer = 'success' | 'nothing to do' | 'not confirmed';

const repeatsMax = 3;

/**
 * Plans the operations of all of them.
 * @returns the times at which the operations begin
 */
export function planClients(world: World): number[] {
  const { mix } = world;
  const operationsAt = drawMoments(world);
  for (const time of operationsAt) {
    const operation = drawOperation(world);
    world.queue.plan(time, 'administrator', undefined, () => administer(world, operation, repeatsMax));
    planRequests(world, time - 0.3 * mix.leaseMs, time + 0.3 * mix.leaseMs, 3);
  }
  planRequests(world, 0, mix.healsAt + mix.leaseMs, mix.requests);
  return operationsAt;
}

function drawMoments({ random, mix }: World): number[] {
  const { leaseMs, rhythm, healsAt, operations } = mix;
  const from = 0.4 * leaseMs;
  const start = random.between(from, rhythm === 'together' ? healsAt : 1.2 * leaseMs);
  return Array.from({ length: operations }, (_, turn) => {
    if (rhythm === 'together') return start + random.between(0, 0.6) * leaseMs;
    if (rhythm === 'at any time') return random.between(from, healsAt);
    return start + turn * random.between(0.95, 1.25) * leaseMs;
  });
}

function drawOperation({ random, mix }: World): Operation {
  const key = random.below(mix.accountOf.length);
  const account = mix.accountOf[key] ?? 0;
  const drawn = random.fraction();
  if (drawn < 0.3) return { do: 'delete', key };
  if (drawn < 0.75) return { do: random.pick(['disable', 'enable', 'enable', 'narrow', 'widen']), key };
  return { do: random.pick(['disable account', 'disable account', 'enable account']), account };
}

function planRequests(world: World, from: number, to: number, count: number): void {
  const { random } = world;
  for (let planned = 0; planned < count; planned += 1) {
    const time = Math.max(0, random.between(from, to));
    world.queue.plan(time, 'client', undefined, () => {
      const { process } = random.pick(world.machines);
      if (process) ask(process, random.below(world.mix.accountOf.length), random.below(modelCount));
    });
  }
}

/** A client sends a request to a node, which may be paused. */
function ask(process: Process, key: number, model: number): void {
  const { world } = process;
  const invokedAt = world.now;
  world.after(0, 'request', process, () => process.arrive({ key, model, invokedAt }));
}

const takesAway = (operation: Operation) =>
  operation.do === 'delete' || operation.do.startsWith('disable') || operation.do === 'narrow';

/**
 * An administrator requests a change.
 * @param repeats how often the request may be repeated when it is not confirmed
 * @param on the node that receives it
 */
export function administer(
  world: World,
  operation: Operation,
  repeats: number,
  on: Machine = world.random.pick(world.machines),
): void {
  const { random } = world;
  const again = () => {
    if (repeats === 0 || world.isHealed || random.chance(0.3)) return;
    const ms = random.between(1, 0.4) * world.mix.leaseMs;
    world.after(ms, 'administrator again', undefined, () => administer(world, operation, repeats - 1));
  };
  const { process } = on;
  if (!process) {
    again();
    return;
  }
  world.after(0, 'operation', process, () => {
    if (world.trace) world.note(process.machine, `is asked: ${JSON.stringify(operation)}`);
    void carryOut(process, operation).then(({ answer, commit }) => {
      if (world.trace) world.note(process.machine, `answers ${answer}: ${JSON.stringify(operation)}`);
      if (answer === 'not confirmed') again();
      else if (answer === 'success' ? takesAway(operation) : operation.do === 'delete')
        relyOn(world, operation, commit);
    });
  });
}

/** From now on the client relies on the change on every node: at once and later. */
function relyOn(world: World, operation: Operation, commit: number): void {
  const { random, mix, database } = world;
  world.checker.confirmed(operation, commit);
  for (const { process } of world.machines) {
    if (!process) continue;
    if (!process.isPaused) process.emitAll();
    for (const right of database.rightsOf(operation)) {
      const key = Math.floor(right / modelCount);
      if (random.chance(0.7)) ask(process, key, right % modelCount);
      const later = random.between(0, 1.1) * mix.leaseMs;
      if (random.chance(0.3)) {
        world.after(later, 'client', process, () => ask(process, key, right % modelCount));
      }
    }
  }
}

/** Interval at which barriers read the members, in milliseconds. */
const pollMs = 100;

/** A node makes a change. */
async function carryOut(
  process: Process,
  operation: Operation,
): Promise<{ readonly answer: Answer; readonly commit: number }> {
  const writes = new OperationWrites(process, operation);
  process.operations += 1;
  try {
    await perform(new AccessRevocation(writes, process.pending), operation);
  } catch (error) {
    if (!(error instanceof HalleyError)) throw error;
    return { answer: 'not confirmed', commit: 0 };
  } finally {
    process.operations -= 1;
  }
  const { committed = { seqs: [], commit: 0 }, learnedAt } = writes;
  if (committed.seqs.length === 0) return { answer: 'nothing to do', commit: committed.commit };
  checkInTime(process, learnedAt);
  return { answer: 'success', commit: committed.commit };
}

function perform(revocation: AccessRevocation, operation: Operation): Promise<unknown> {
  switch (operation.do) {
    case 'delete':
      return revocation.deleteKeys(0, [operation.key]);
    case 'disable':
    case 'enable':
      return revocation.updateKey(0, operation.key, {
        state: operation.do === 'enable' ? 'enabled' : 'disabled',
      });
    case 'narrow':
    case 'widen':
      return revocation.updateKey(0, operation.key, {
        modelLimitsEnabled: operation.do === 'narrow',
        modelLimits: modelName(0),
      });
    default:
      return revocation.updateAccount(
        operation.account,
        { state: operation.do === 'enable account' ? 'enabled' : 'disabled' },
        0,
      );
  }
}

/** The response must arrive within a lease, unless the node itself was paused. */
function checkInTime(process: Process, learnedAt: number): void {
  const { world } = process;
  if (process.resumedAt >= learnedAt) return;
  const { leaseMs, statementMs, abortMs } = world.mix;
  const most = Math.max(1.01 * leaseMs + pollMs, statementMs + 2 * abortMs) * 1.011;
  const ms = world.now - learnedAt;
  if (ms > most)
    world.checker.fail(process, `answered ${ms.toFixed(1)} ms after the commit, of at most ${most}`);
}
