/** Remembers the last changes of rights made through this node, and how long each took to apply everywhere. */
import type { Clock } from '../platform/clock.ts';
import type { Confirmation } from './barriers.ts';

export type RevocationAction =
  | 'key_changed'
  | 'keys_deleted'
  | 'account_changed'
  | 'account_deleted'
  | 'credentials_revoked'
  | 'balance_changed';

export interface RecentRevocation {
  readonly action: RevocationAction;
  /** Keys, or accounts, that the call named. */
  readonly subjects: number;
  /** Milliseconds since 1970 UTC, by the clock of this node. */
  readonly committedAt: number;
  /** From the commit until it was applied everywhere, in milliseconds; undefined = that could not be confirmed. */
  readonly tookMs: number | undefined;
  /** Undefined = there were no other nodes, or it could not be confirmed. */
  readonly confirmation: Confirmation | undefined;
}

/** How many are remembered. */
const kept = 100;

export class RecentRevocations {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  #revocations: readonly RecentRevocation[] = [];

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock;
  }

  /** Measures a change that has just been committed. @returns what `applied` resolves to */
  async measure<Applied extends Confirmation | undefined>(
    action: RevocationAction,
    subjects: number,
    applied: Promise<Applied>,
  ): Promise<Applied> {
    const committedAt = this.#clock.now();
    const start = this.#clock.monotonic();
    let end: Pick<RecentRevocation, 'tookMs' | 'confirmation'> = {
      tookMs: undefined,
      confirmation: undefined,
    };
    try {
      const confirmation = await applied;
      end = { tookMs: this.#clock.monotonic() - start, confirmation };
      return confirmation;
    } finally {
      this.#revocations = [
        { action, subjects, committedAt, ...end },
        ...this.#revocations.slice(0, kept - 1),
      ];
    }
  }

  /** The latest first. */
  list(): readonly RecentRevocation[] {
    return this.#revocations;
  }
}
