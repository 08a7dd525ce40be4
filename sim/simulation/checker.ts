/** The promises, checked as things happen; each admission and each byte costs one comparison. */
import { modelCount, type Operation, type Right } from './database.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

/** How much longer something may last by true time than by the clock of a machine. */
const slack = 1.04;

/** A deletion that the database has lost, and a process that knew of it. */
interface Loss {
  readonly key: number;
  readonly process: Process;
}

export class Checker {
  readonly #world: World;
  /** For each right, since when clients may rely on its being revoked; infinite = they may not. */
  readonly #goneSince: Float64Array;
  /** For each right, the commits that took it away and of which a client relies on that. */
  readonly #relied = new Map<Right, number[]>();
  readonly #lost: Loss[] = [];
  #promisesFrom = 0;

  constructor(world: World) {
    this.#world = world;
    this.#goneSince = new Float64Array(world.mix.accountOf.length * modelCount).fill(
      Number.POSITIVE_INFINITY,
    );
  }

  /**
   * A revocation has been confirmed to a client. It covers what it revoked or found revoked, and what has not been given
   * back since.
   */
  confirmed(operation: Operation, commit: number): void {
    const { database, figures, now } = this.#world;
    figures.revocations += 1;
    for (const right of database.rightsOf(operation)) {
      const gone = database.goneSince(right);
      if (gone === undefined || gone > commit) continue;
      this.#goneSince[right] = Math.min(now, this.#goneSince[right] ?? now);
      this.#relied.set(right, [...(this.#relied.get(right) ?? []), gone]);
    }
  }

  /** A commit gave the right, perhaps again. */
  given(right: Right): void {
    this.#goneSince[right] = Number.POSITIVE_INFINITY;
  }

  admitted(process: Process, right: Right, invokedAt: number): void {
    this.#world.figures.admissions += 1;
    const gone = this.#goneSince[right] ?? 0;
    if (invokedAt < gone || this.#world.now < this.#promisesFrom) return;
    const times = `which came ${(invokedAt - gone).toFixed(1)} ms after the revocation was confirmed`;
    this.fail(process, `admitted a request ${nameOf(right)} ${times}`);
  }

  emitted(process: Process, right: Right): void {
    this.#world.figures.bytes += 1;
    const gone = this.#goneSince[right] ?? 0;
    if (this.#world.now < gone || this.#world.now < this.#promisesFrom) return;
    const ms = (this.#world.now - gone).toFixed(1);
    this.fail(
      process,
      `a running request ${nameOf(right)} went on ${ms} ms after the revocation was confirmed`,
    );
  }

  /**
   * The database has lost commits. Until every lease of before has ended nothing is promised; from then on nothing
   * of what was lost is held any more: what was confirmed before, and given back by a commit that is lost, is gone.
   * @param resurrected keys that live again
   */
  lostCommits(resurrected: readonly number[]): void {
    const { now, mix, database, machines } = this.#world;
    this.#promisesFrom = now + slack * mix.leaseMs;
    for (const [right, commits] of this.#relied) {
      const gone = database.goneSince(right);
      if (gone !== undefined && commits.includes(gone)) this.#goneSince[right] = now;
    }
    for (const { process } of machines) {
      for (const { change } of process?.node.state.deletions ?? []) {
        if (!process || change.kind !== 'key' || !resurrected.includes(change.keyId)) continue;
        this.#lost.push({ key: change.keyId, process });
      }
    }
  }

  /** Deletions that were not reasserted to the database, although a node that lives knew of them. */
  stillLost(): string[] {
    return this.#lost
      .filter(({ key, process }) => process.isAlive && this.#world.database.exists(key))
      .map(
        ({ key, process }) => `key ${key} lives again, though node ${process.machine.index} knew of its end`,
      );
  }

  /** A promise was broken: the schedule ends. */
  fail(process: Process | undefined, text: string): void {
    const world = this.#world;
    world.violation ??= process ? `node ${process.machine.index}: ${text}` : text;
    world.isOver = true;
    if (world.trace) world.note(process?.machine, `VIOLATION ${text}`);
  }
}

const nameOf = (right: Right) => `of key ${Math.floor(right / modelCount)} for model ${right % modelCount}`;
