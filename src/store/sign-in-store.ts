/**
 * The storage interface of what belongs to the person behind an account: sessions, setup codes, preferences. The writes
 * that the audit log names are in `Changes`.
 */
import type { Preferences } from '../domain/preferences.ts';

/** Bytes of the digest of a session's value that are its public id. */
export const sessionIdBytes = 8;

/** A console session. Times in whole seconds since 1970 UTC. */
export interface SessionRow {
  /** SHA-256 of the cookie's value. */
  readonly digest: Uint8Array;
  readonly accountId: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Of the client that used it last. */
  readonly address: string;
  /** The User-Agent header at the sign-in, shortened. */
  readonly userAgent: string;
  /** To the minute; 0 = a node of an older version opened it, and none of this version has seen it. */
  readonly lastUsedAt: number;
}

/** A one-time code that signs its account in, without a password, to choose one. */
export interface SetupCode {
  /** SHA-256 of the code. */
  readonly digest: Uint8Array;
  readonly accountId: number;
  /** Whole seconds since 1970 UTC. */
  readonly expiresAt: number;
}

export interface SignInStore {
  /** The sessions of an account that have not expired, the last used first. */
  listSessions(
    accountId: number,
    nowSeconds: number,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly total: number; readonly items: readonly SessionRow[] }>;
  /** Notes a use of a session, unless a later one is noted. */
  noteSessionUse(session: Pick<SessionRow, 'digest' | 'lastUsedAt' | 'address'>): Promise<void>;
  /** For an account that was just created: opens its setup, which ends with its first session or password. */
  openSetup(code: SetupCode): Promise<void>;
  /**
   * Adds a code while the setup of an account is open, and removes expired ones.
   * @returns whether it is open
   */
  addSetupCode(code: SetupCode, nowSeconds: number): Promise<boolean>;
  /** @returns the code, unless it has expired or was used */
  findSetupCode(digest: Uint8Array, nowSeconds: number): Promise<SetupCode | undefined>;

  /** Undefined = the account never set any. */
  getPreferences(accountId: number): Promise<Preferences | undefined>;
}
