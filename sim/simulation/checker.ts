/** The promises, checked as things happen; each admission and each byte costs one comparison. */
import { modelCount, type Operation, type Right } from './database.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

/** How much longer something may last by true time than by the clock of a machine. */
const slack = 1.04;

/** A promise was broken. */
export class Violation extends Error {}

/** A deletion that the database has lost, and a process that knew of it. */
interface Loss {
  readonly key: number;
  readonly process: Process;
  /** Its registration then. */
  readonly incarnation: number | undefined;
}

export class Checker {
  readonly #world: World;
  /** For each right, since when clients may rely on its being withdrawn; infinite = they may not. */
  readonly #goneSince: Float64Array;
  readonly #lost: Loss[] = [];
  /** Keys of which the database has lost a change, by the last commit when it did. */
  readonly #doubts = new Map<number, number>();
  #promisesFrom = 0;
  #reliableFrom = 0;

  constructor(world: World) {
    this.#world = world;
    this.#goneSince = new Float64Array(world.mix.accountOf.length * modelCount).fill(
      Number.POSITIVE_INFINITY,
    );
  }

  /**
   * A withdrawal has been confirmed to a client. It covers what it withdrew or found withdrawn, and what has not
   * been given back since.
   */
  confirmed(operation: Operation, commit: number): void {
    const { database, figures, now } = this.#world;
    if (now < this.#reliableFrom) return;
    figures.withdrawals += 1;
    for (const right of database.rightsOf(operation)) {
      const gone = database.goneSince(right);
      if (gone === undefined || gone > commit) continue;
      if (commit <= (this.#doubts.get(Math.floor(right / modelCount)) ?? -1)) continue;
      this.#goneSince[right] = Math.min(now, this.#goneSince[right] ?? now);
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
    const times = `which came ${(invokedAt - gone).toFixed(1)} ms after the withdrawal was confirmed`;
    this.fail(process, `admitted a request ${nameOf(right)} ${times}`);
  }

  emitted(process: Process, right: Right): void {
    this.#world.figures.bytes += 1;
    const gone = this.#goneSince[right] ?? 0;
    if (this.#world.now < gone || this.#world.now < this.#promisesFrom) return;
    const ms = (this.#world.now - gone).toFixed(1);
    this.fail(
      process,
      `a running request ${nameOf(right)} went on ${ms} ms after the withdrawal was confirmed`,
    );
  }

  /**
   * The database has lost commits. Nothing is promised until every lease of before has ended, and no answer that
   * was waited for since before is one to rely on.
   */
  lostCommits(): void {
    const { now, mix } = this.#world;
    this.#promisesFrom = now + slack * mix.leaseMs;
    this.#reliableFrom = this.#promisesFrom + slack * mix.statementMs;
  }

  /**
   * The database has lost a change of this key. What a node read before that, and has in memory, may stay there
   * until the key is changed again: of the log it had seen nothing that is not there any more.
   */
  doubt(key: number): void {
    this.#doubts.set(key, this.#world.database.commits);
    for (let model = 0; model < modelCount; model += 1) this.given(key * modelCount + model);
  }

  isDoubtful(key: number): boolean {
    return this.#doubts.has(key);
  }

  /**
   * The database has gone back, and these keys live again.
   * @param processes those that live
   */
  lost(keys: readonly number[], processes: readonly Process[]): void {
    for (const process of processes) {
      const { incarnation, deletions } = process.state;
      for (const { change } of deletions) {
        if (change.kind !== 'key' || !keys.includes(change.keyId)) continue;
        this.#lost.push({ key: change.keyId, process, incarnation });
      }
    }
  }

  /** Deletions that the database has still not been told again, though a node that lives knew of them. */
  stillLost(): string[] {
    return this.#lost
      .filter(({ key, process, incarnation }) => {
        // Who learned first that its registration is gone forgot where it stood in the log, and did not notice.
        const isTheSame = process.state.incarnation === incarnation;
        return isTheSame && process.isAlive && this.#world.database.exists(key);
      })
      .map(
        ({ key, process }) => `key ${key} lives again, though node ${process.machine.index} knew of its end`,
      );
  }

  fail(process: Process | undefined, text: string): never {
    const message = process ? `node ${process.machine.index}: ${text}` : text;
    if (this.#world.trace) this.#world.note(process?.machine, `VIOLATION ${text}`);
    throw new Violation(message);
  }
}

const nameOf = (right: Right) => `of key ${Math.floor(right / modelCount)} for model ${right % modelCount}`;
