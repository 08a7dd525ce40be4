/** Console sessions: a random value in a cookie; its digest, expiry and uses in the store. */
import { digestOf } from '../domain/digest.ts';
import { characterFault } from '../domain/text-rules.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { RandomBytes } from '../platform/random.ts';
import { type SessionRow, type SignInStore, sessionIdBytes } from '../store/sign-in-store.ts';
import type { Changes, StoreBase } from '../store/store.ts';
import { makeAccessToken } from './access-tokens.ts';

type SessionStore = Pick<StoreBase, 'findSession' | 'deleteExpiredSessions'> & {
  readonly signIns: Pick<SignInStore, 'noteSessionUse'>;
};

export interface SessionsOptions {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Lifetime of a session, in seconds. */
  readonly lifeSeconds: number;
}

/** The client of a request. */
export interface SessionClient {
  readonly address: string;
  /** The header; '' without one. */
  readonly userAgent: string;
}

/** The public id of a session: 16 hexadecimal digits, of its digest. */
export function sessionId(digest: Uint8Array): string {
  return Buffer.from(digest.subarray(0, sessionIdBytes)).toString('hex');
}

/** @returns the bytes of a public id; undefined when the text has another form */
export function parseSessionId(text: string): Uint8Array | undefined {
  return /^[0-9a-f]{16}$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** When a session was used last, to the minute. */
export function lastUseOf({ createdAt, lastUsedAt }: SessionRow): number {
  return Math.max(createdAt, lastUsedAt);
}

export class Sessions {
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /**
   * Begins a session.
   * @param changes in the name of the account
   * @returns the value for the cookie; the store has only its digest
   */
  async open(
    changes: Pick<Changes, 'insertSession'>,
    accountId: number,
    { address, userAgent }: SessionClient,
  ): Promise<string> {
    const { store, random, lifeSeconds } = this.#options;
    const now = this.#nowSeconds();
    await store.deleteExpiredSessions(now);
    const value = makeAccessToken(random);
    await changes.insertSession({
      digest: digestOf(value),
      accountId,
      createdAt: now,
      expiresAt: now + lifeSeconds,
      address,
      userAgent: characterFault(userAgent) ? '' : userAgent.slice(0, limits.user_agent_chars_max),
      lastUsedAt: now,
    });
    return value;
  }

  /** @returns the id of the session's account; undefined when the session has expired or does not exist */
  async accountOf(value: string, address: string): Promise<number | undefined> {
    const session = await this.#options.store.findSession(digestOf(value));
    const now = this.#nowSeconds();
    if (!session || session.expiresAt <= now) return undefined;
    if (now - lastUseOf(session) >= limits.session_use_noted_every_s)
      await this.#noteUse(session, address, now);
    return session.accountId;
  }

  /** A database that cannot be written must not keep people from reading. */
  async #noteUse({ digest }: SessionRow, address: string, lastUsedAt: number): Promise<void> {
    await this.#options.store.signIns.noteSessionUse({ digest, address, lastUsedAt }).catch(() => undefined);
  }

  async close(changes: Pick<Changes, 'deleteSession'>, value: string): Promise<void> {
    await changes.deleteSession(digestOf(value));
  }

  get lifeSeconds(): number {
    return this.#options.lifeSeconds;
  }

  #nowSeconds(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }
}
