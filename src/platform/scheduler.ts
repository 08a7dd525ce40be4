/** Schedules background tasks: each runs after a pause, when asked, or again after a failure, and never twice at once. */
import type { Clock, Timer } from './clock.ts';

/** From a failure of a task that must succeed to the next try, in milliseconds. */
const retryMs = 500;

export interface TaskOptions {
  /** @returns milliseconds until the next run; undefined = the task runs when it is asked to */
  readonly run: () => Promise<number | undefined>;
  readonly onFailure: (error: unknown) => void;
  /** From a failure to the next run, in milliseconds. */
  readonly retryMs: number;
}

export class Task {
  readonly #clock: Clock;
  readonly #options: TaskOptions;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #isAsked = false;
  #isStopped = false;

  constructor(clock: Clock, options: TaskOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Runs the task now, or once more from its beginning after the run under way. */
  ask(): void {
    this.#timer?.cancel();
    if (this.#running) this.#isAsked = true;
    else if (!this.#isStopped) this.#running = this.#run();
  }

  askAfter(ms: number): void {
    if (!this.#isStopped) this.#timer = this.#clock.after(ms, () => this.ask());
  }

  /** Resolves when the run under way has ended. No other one begins. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { run, onFailure, retryMs } = this.#options;
    this.#isAsked = false;
    let nextMs: number | undefined;
    try {
      nextMs = await run();
      if (this.#isAsked) nextMs = 0;
    } catch (error) {
      onFailure(error);
      nextMs = retryMs;
    }
    this.#running = undefined;
    if (nextMs === 0) this.ask();
    else if (nextMs !== undefined) this.askAfter(nextMs);
  }
}

/** Creates tasks, and stops them together. */
export class Scheduler {
  readonly #clock: Clock;
  readonly #tasks: Task[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(options: TaskOptions): Task {
    const task = new Task(this.#clock, options);
    this.#tasks.push(task);
    return task;
  }

  /** Runs `work` every `everyMs` milliseconds, counted from the end of the run before, whether or not that failed. */
  every(everyMs: number, work: () => Promise<void>, onFailure: (error: unknown) => void): Task {
    const task = this.add({ run: () => work().then(() => everyMs), onFailure, retryMs: everyMs });
    task.askAfter(everyMs);
    return task;
  }

  /** Work that must succeed each time it is asked for: a failure is followed by another try. */
  retrying(work: () => Promise<void>, onFailure: (error: unknown) => void): Task {
    return this.add({ run: () => work().then(() => undefined), onFailure, retryMs });
  }

  /** Resolves when no task runs any more. */
  async stop(): Promise<void> {
    await Promise.all(this.#tasks.map((task) => task.stop()));
  }
}
