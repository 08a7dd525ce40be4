/** Everything there is in one simulation, and its time. */
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
  /** What happened, for people; undefined = nobody reads it. */
  readonly trace: string[] | undefined;
  /** True time in milliseconds: no machine's clock shows it. */
  now = 0;
  /** From now on nothing goes wrong any more. */
  isHealed = false;
  isOver = false;
  /** The first promise that was broken. */
  violation: string | undefined;
  /** Called when a process has read the log, and when it has been extended; undefined = nobody lies in wait. */
  onRead: ((process: Process) => void) | undefined;
  onExtend: ((process: Process) => void) | undefined;
  /** Depends on all that happened, and in which order. */
  hash = 0;

  constructor(random: Random, mix: Mix, figures: Figures, trace: string[] | undefined) {
    this.random = random;
    this.mix = mix;
    this.figures = figures;
    this.trace = trace;
    this.database = new Database(mix.accountOf, mix.rowsAtATime, () => this.now);
    this.checker = new Checker(this);
    this.database.onGiven = (right) => this.checker.given(right);
  }

  /** Plans something. @param process whom it happens to; undefined = the world around */
  after(ms: number, what: string, process: Process | undefined, run: () => void): Happening {
    return this.queue.plan(this.now + ms, what, process, run);
  }

  /** Lets time pass until it is over. */
  async run(): Promise<void> {
    while (!this.isOver) {
      const next = this.queue.next();
      if (!next) return;
      if (next.isCancelled || !this.#mayHappen(next)) continue;
      this.now = next.at;
      this.#happen(next);
      // What a process does about it takes no time: all of it is done before anything else happens.
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

  /** To be called only when `trace` is wanted: making the text costs. */
  note(who: Machine | undefined, text: string): void {
    this.trace?.push(`${this.now.toFixed(1).padStart(9)}  ${who ? `node ${who.index}` : 'world '}  ${text}`);
  }
}
