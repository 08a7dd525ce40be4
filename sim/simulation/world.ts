/** The complete state of one simulation, and its time. */
import { Checker } from './checker.ts';
import { Database } from './database.ts';
import type { Figures } from './figures.ts';
import type { Machine } from './machine.ts';
import type { Mix } from './mix.ts';
import type { Process } from './process.ts';
import { type Happening, Queue } from './queue.ts';
import type { Random } from './random.ts';
import { untilQuiet } from './turn.ts';

export class World {
  readonly random: Random;
  readonly mix: Mix;
  readonly figures: Figures;
  readonly queue = new Queue();
  readonly database: Database;
  readonly checker: Checker;
  readonly machines: Machine[] = [];
  /** A description of each event; undefined when nobody reads it. */
  readonly trace: string[] | undefined;
  /** True time in milliseconds, which no machine's clock shows. */
  now = 0;
  /** No more faults are injected. */
  isHealed = false;
  isOver = false;
  /** The first broken promise. */
  violation: string | undefined;
  /** Called when a process has read the log, and when its lease was renewed; undefined without an ambush. */
  onRead: ((process: Process) => void) | undefined;
  onExtend: ((process: Process) => void) | undefined;
  /** Depends on all events and their order. */
  hash = 0;

  constructor(random: Random, mix: Mix, figures: Figures, trace: string[] | undefined) {
    this.random = random;
    this.mix = mix;
    this.figures = figures;
    this.trace = trace;
    this.database = new Database(mix.accountOf, mix.rowsAtATime, () => this.now);
    this.checker = new Checker(this);
    this.database.onGiven = (right) => this.checker.given(right);
    this.database.onReported = (processId, reports) => this.checker.reported(processId, reports);
  }

  /**
   * Plans an event.
   * @param process that it belongs to; undefined for events outside the processes
   */
  after(ms: number, what: string, process: Process | undefined, run: () => void): Happening {
    return this.queue.plan(this.now + ms, what, process, run);
  }

  /** Runs all planned events. */
  async run(): Promise<void> {
    while (!this.isOver) {
      const next = this.queue.next();
      if (!next) return;
      if (next.isCancelled || !this.#mayHappen(next)) continue;
      this.now = next.at;
      this.#happen(next);
      // A process reacts in zero time: all of its work finishes before the next event.
      await untilQuiet();
      if (next.what === 'read answered' && next.process) this.onRead?.(next.process);
    }
  }

  #mayHappen(happening: Happening): boolean {
    const { process } = happening;
    if (process?.isPaused) process.missed.push(happening);
    return process === undefined || (process.isAlive && !process.isPaused);
  }

  #happen(happening: Happening): void {
    const { process, what } = happening;
    this.figures.events += 1;
    const who = process ? process.machine.index + 1 : 0;
    this.hash = Math.imul(this.hash ^ (this.now * 1024) ^ (who << 8) ^ what.length, 0x01000193) | 0;
    happening.run();
  }

  /** Call only when `trace` is wanted, since formatting the text is expensive. */
  note(who: Machine | undefined, text: string): void {
    this.trace?.push(`${this.now.toFixed(1).padStart(9)}  ${who ? `node ${who.index}` : 'world '}  ${text}`);
  }
}
