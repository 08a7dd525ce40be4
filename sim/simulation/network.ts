/** Simulated network between nodes and database: delays, losses, partitions, late execution. */
import { HalleyError } from '../../src/platform/errors.ts';
import type { Process } from './process.ts';

/** Draws the delay of one message in milliseconds. */
function delay(process: Process): number {
  const { random, mix, isHealed } = process.world;
  if (isHealed) return random.between(0.1, 2);
  if (random.chance(mix.slow)) return random.between(mix.delayMs, mix.slowMs);
  return random.between(0.1, mix.delayMs);
}

/** Created once: an error for each failed statement would cost more than the rest of the simulation. */
const noAnswer = new HalleyError('store_unavailable', { log: 'the simulated database has not answered' });

/**
 * Sends one statement. Its promise settles eventually if the process lives.
 * @param execute runs at the database, possibly after the promise was rejected, possibly never
 */
export function send<Answer>(process: Process, what: string, execute: () => Answer): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { world, machine } = process;
  const { random, mix, database, queue } = world;
  const { connection } = database;
  const givesUpAt = world.now + machine.trueMs(mix.statementMs);
  const fail = (time: number) => void queue.plan(time, `${what} failed`, process, () => reject(noAnswer));
  const lost = !world.isHealed && random.chance(mix.lost);
  const isHeld = machine.requestsHeldUntil > world.now;
  if (lost || (isHeld && machine.loses)) {
    fail(givesUpAt);
    return promise;
  }
  const arrivesAt = (isHeld ? machine.requestsHeldUntil : world.now) + delay(process);
  if (arrivesAt >= givesUpAt) fail(givesUpAt);
  queue.plan(arrivesAt, what, undefined, () => {
    const isLate = world.now >= givesUpAt;
    // A proxy in between may deliver a statement after a restart of the database.
    const isCut = database.isDown || (database.connection !== connection && !mix.proxied);
    if (isCut) {
      if (!isLate) fail(Math.min(givesUpAt, world.now + delay(process)));
      return;
    }
    if (world.trace) world.note(machine, `${what} is executed${isLate ? ', late' : ''}`);
    if (what === 'extend') world.onExtend?.(process);
    const answer = execute();
    if (isLate) return;
    const executedIn = database.connection;
    const isAnswerHeld = machine.answersHeldUntil > world.now;
    const answersAt = (isAnswerHeld ? machine.answersHeldUntil : world.now) + delay(process);
    const isAnswerLost = (!world.isHealed && random.chance(mix.lost)) || (isAnswerHeld && machine.loses);
    if (isAnswerLost || answersAt >= givesUpAt) {
      fail(givesUpAt);
      return;
    }
    queue.plan(answersAt, `${what} answered`, process, () => {
      // A response that left the database before its connections ended may have arrived or not.
      if (database.connection !== executedIn && random.chance(0.5)) reject(noAnswer);
      else resolve(answer);
    });
  });
  return promise;
}

/** Sends a notification, which the node may miss. */
export function notify(process: Process, what: string, run: () => void): void {
  const { world, machine } = process;
  if (!world.isHealed && world.random.chance(world.mix.unheard)) return;
  if (machine.answersHeldUntil > world.now) return;
  world.queue.plan(world.now + delay(process), what, process, run);
}
