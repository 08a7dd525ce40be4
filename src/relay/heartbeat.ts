/** Notices that a stream has shown its client nothing for long, so that neither it nor a proxy gives the stream up. */
import type { Clock, Timer } from '../platform/clock.ts';

export interface HeartbeatOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /** Milliseconds of silence before each beat. */
  readonly everyMs: number;
  readonly beat: () => void;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #shownAt: number;
  #timer: Timer;

  /** Counts from now on. */
  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#shownAt = options.clock.monotonic();
    this.#timer = this.#wait(options.everyMs);
  }

  /** Call when the client is shown something. */
  shown(): void {
    this.#shownAt = this.#options.clock.monotonic();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #wait(ms: number): Timer {
    return this.#options.clock.after(ms, () => this.#wake());
  }

  /** One timer for a stream: each write only notes its time. */
  #wake(): void {
    const { clock, everyMs, beat } = this.#options;
    const left = this.#shownAt + everyMs - clock.monotonic();
    if (left <= 0) {
      this.shown();
      beat();
    }
    this.#timer = this.#wait(left > 0 ? left : everyMs);
  }
}
