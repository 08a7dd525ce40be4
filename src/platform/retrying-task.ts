/** Work that must be done in the end: it is tried again until it has succeeded. */
import type { Clock, Timer } from './clock.ts';

/** Between two tries, in milliseconds. */
const retryMs = 500;

export class RetryingTask {
  readonly #clock: Clock;
  readonly #work: () => Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  #isRunning = false;
  #again = false;
  #timer: Timer | undefined;

  constructor(clock: Clock, work: () => Promise<void>, onFailure: (error: unknown) => void) {
    this.#clock = clock;
    this.#work = work;
    this.#onFailure = onFailure;
  }

  /** Has the work done once from its beginning, after what is under way. */
  ask(): void {
    this.#timer?.cancel();
    if (this.#isRunning) this.#again = true;
    else void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    this.#again = false;
    let hasFailed = false;
    try {
      await this.#work();
    } catch (error) {
      hasFailed = true;
      this.#onFailure(error);
    }
    this.#isRunning = false;
    if (hasFailed) this.#timer = this.#clock.after(retryMs, () => this.ask());
    else if (this.#again) this.ask();
  }

  /** No more is tried. */
  stop(): void {
    this.#timer?.cancel();
  }
}
