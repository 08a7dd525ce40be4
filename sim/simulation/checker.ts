/** Checks the promises as things happen. Each admission and each byte costs one comparison. */
import type { KeyReport } from '../../src/store/receipt-store.ts';
import { AdmissionReports } from './admission-reports.ts';
import { modelCount, type Operation, type Right } from './database.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

/** By how much a duration in true time may exceed the duration by a machine's clock. */
const slack = 1.04;

/** A deletion that the database has lost, and a process that knew of it. */
interface Loss {
  readonly key: number;
  readonly process: Process;
}

export class Checker {
  readonly #world: World;
  /** For each right, the time since which clients may rely on its revocation; infinite if they may not. */
  readonly #goneSince: Float64Array;
  /** For each right, the commits that revoked it and that a client relies on. */
  readonly #relied = new Map<Right, number[]>();
  readonly #lost: Loss[] = [];
  readonly #reports = new AdmissionReports();
  #promisesFrom = 0;

  constructor(world: World) {
    this.#world = world;
    this.#goneSince = new Float64Array(world.mix.accountOf.length * modelCount).fill(
      Number.POSITIVE_INFINITY,
    );
  }

  /**
   * A client received the confirmation of a revocation. It covers what the change revoked or found revoked and was
   * not given back since.
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

  /** A commit gave the right, possibly again. */
  given(right: Right): void {
    this.#goneSince[right] = Number.POSITIVE_INFINITY;
  }

  /** A process stored what it knows of deleted keys. */
  reported(processId: string, reports: readonly KeyReport[]): void {
    for (const report of reports) {
      this.#world.figures.reports += 1;
      const wrong = this.#reports.reported(processId, report);
      if (wrong !== undefined) this.fail(undefined, `${processId} ${wrong}`);
    }
  }

  admitted(process: Process, right: Right, invokedAt: number): void {
    this.#world.figures.admissions += 1;
    const { wall } = process.machine.instant();
    const wrong = this.#reports.admitted(process.processId, Math.floor(right / modelCount), wall);
    if (wrong !== undefined) this.fail(process, wrong);
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
   * The database has lost commits. There are no promises until every earlier lease has expired. Afterwards no node
   * has cached anything that was lost. An earlier confirmation does not count if a lost commit gave the right back.
   * @param resurrected keys that are valid again
   */
  lostCommits(resurrected: readonly number[]): void {
    const { now, mix, database, machines } = this.#world;
    this.#promisesFrom = now + slack * mix.leaseMs;
    this.#reports.lostCommits();
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

  /** Returns lost deletions that were not reasserted although a live node knew of them. */
  stillLost(): string[] {
    return this.#lost
      .filter(({ key, process }) => process.isAlive && this.#world.database.exists(key))
      .map(
        ({ key, process }) => `key ${key} lives again, though node ${process.machine.index} knew of its end`,
      );
  }

  /** Records a broken promise, which ends the schedule. */
  fail(process: Process | undefined, text: string): void {
    const world = this.#world;
    world.violation ??= process ? `node ${process.machine.index}: ${text}` : text;
    world.isOver = true;
    if (world.trace) world.note(process?.machine, `VIOLATION ${text}`);
  }
}

const nameOf = (right: Right) => `of key ${Math.floor(right / modelCount)} for model ${right % modelCount}`;
