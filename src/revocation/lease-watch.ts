/** Watches the current lease: reports when it is about to expire, and when it has expired. */
import type { Clock, Timer } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import { endOf, type Instant } from './lease.ts';

export interface LeaseWatchOptions {
  readonly clock: Clock;
  readonly leaseMs: number;
  /**
   * Called `leftMs` milliseconds before the lease expires unless it is renewed: enough time for clients that read
   * to receive the end of their responses.
   */
  readonly onEnding: (leftMs: number) => void;
  /** Called when the lease has expired. */
  readonly onLapsed: () => void;
}

export class LeaseWatch {
  readonly #options: LeaseWatchOptions;
  #lease: Instant | undefined;
  #timers: Timer[] = [];

  constructor(options: LeaseWatchOptions) {
    this.#options = options;
  }

  /** @returns whether the lease differs from the one watched so far */
  watch(lease: Instant | undefined): boolean {
    if (lease === this.#lease) return false;
    this.stop();
    this.#lease = lease;
    if (lease) this.#arm(lease);
    return true;
  }

  #arm(lease: Instant): void {
    const { clock, leaseMs, onEnding, onLapsed } = this.#options;
    // A timer may fire slightly early.
    const leftMs = Math.max(0, Math.ceil(endOf(lease, leaseMs) - clock.monotonic()) + 1);
    const marginMs = Math.min(limits.last_words_ms_max, leaseMs / 4, leftMs);
    this.#timers = [clock.after(leftMs, onLapsed), clock.after(leftMs - marginMs, () => onEnding(marginMs))];
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }
}
