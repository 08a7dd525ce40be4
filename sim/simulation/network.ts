/** Simulated network between nodes and database: delays, losses, partitions, late execution. */
import type { Process } from './process.ts';

/** How long until one message arrives, in milliseconds. */
function delay(process: Process): number {
  const { random, mix, isHealed } = process.world;
  if (isHealed) return random.between(0.1, 2);
  if (random.chance(mix.slow)) return random.between(mix.delayMs, mix.slowMs);
  return random.between(0.1, mix.delayMs);
}

/**
 * Sends one statement. Exactly one of `answered` and `failed` is called in the end, if the process lives.
 * @param execute runs at the database, perhaps after `failed`, perhaps never
 */
export function send<Answer>(
  process: Process,
  what: string,
  execute: () => Answer,
  answered: (answer: Answer) => void,
  failed: () => void,
): void {
  const { world, machine } = process;
  const { random, mix, database, queue } = world;
  const { connection } = database;
  const givesUpAt = world.now + machine.trueMs(mix.statementMs);
  const fail = (at: number) => queue.plan(at, `${what} failed`, process, failed);
  const lost = !world.isHealed && random.chance(mix.lost);
  const isHeld = machine.requestsHeldUntil > world.now;
  if (lost || (isHeld && machine.loses)) {
    fail(givesUpAt);
    return;
  }
  const arrivesAt = (isHeld ? machine.requestsHeldUntil : world.now) + delay(process);
  if (arrivesAt >= givesUpAt) fail(givesUpAt);
  queue.plan(arrivesAt, what, undefined, () => {
    const isLate = world.now >= givesUpAt;
    // A proxy in between may carry a statement over to the database's next life.
    const isCut = database.isDown || (database.connection !== connection && !mix.proxied);
    if (isCut) {
      if (!isLate) fail(Math.min(givesUpAt, world.now + delay(process)));
      return;
    }
    if (world.trace) world.note(machine, `${what} is executed${isLate ? ', late' : ''}`);
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
      // What had left the database before its connections ended may have arrived or not.
      if (database.connection !== executedIn && random.chance(0.5)) failed();
      else answered(answer);
    });
  });
}

/** Tells a node something that it may miss. */
export function notify(process: Process, what: string, run: () => void): void {
  const { world, machine } = process;
  if (!world.isHealed && world.random.chance(world.mix.unheard)) return;
  if (machine.answersHeldUntil > world.now) return;
  world.queue.plan(world.now + delay(process), what, process, run);
}
