/** Console sessions: a random value in a cookie, its digest and expiry in the store. */
import { digestOf } from '../domain/digest.ts';
import type { Clock } from '../platform/clock.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { StoreBase } from '../store/store.ts';
import { makeAccessToken } from './access-tokens.ts';

type SessionStore = Pick<
  StoreBase,
  'insertSession' | 'findSession' | 'deleteSession' | 'deleteExpiredSessions'
>;

export interface SessionsOptions {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Lifetime of a session, in seconds. */
  readonly lifeSeconds: number;
}

export class Sessions {
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /**
   * Begins a session.
   * @returns the value for the cookie; the store has only its digest
   */
  async open(accountId: number): Promise<string> {
    const { store, random, lifeSeconds } = this.#options;
    const now = this.#nowSeconds();
    await store.deleteExpiredSessions(now);
    const value = makeAccessToken(random);
    await store.insertSession({
      digest: digestOf(value),
      accountId,
      createdAt: now,
      expiresAt: now + lifeSeconds,
    });
    return value;
  }

  /** @returns the id of the session's account; undefined when the session has expired or does not exist */
  async accountOf(value: string): Promise<number | undefined> {
    const session = await this.#options.store.findSession(digestOf(value));
    return session && session.expiresAt > this.#nowSeconds() ? session.accountId : undefined;
  }

  async close(value: string): Promise<void> {
    await this.#options.store.deleteSession(digestOf(value));
  }

  get lifeSeconds(): number {
    return this.#options.lifeSeconds;
  }

  #nowSeconds(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }
}
