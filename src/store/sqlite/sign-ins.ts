/** Sessions of one account, setup codes and preferences in SQLite. */
import type { Preferences } from '../../domain/preferences.ts';
import { type SessionRow, type SetupCode, type SignInStore, sessionIdBytes } from '../sign-in-store.ts';
import { setupSql, signInSql } from '../statements/sign-ins.ts';
import type { Page, PageQuery } from '../store.ts';
import type { Connection } from './connection.ts';

export class SqliteSignIns implements SignInStore {
  readonly #db: Connection;
  readonly #write: <Result>(work: () => Result) => Promise<Result>;

  constructor(db: Connection, write: <Result>(work: () => Result) => Promise<Result>) {
    this.#db = db;
    this.#write = write;
  }

  async listSessions(accountId: number, now: number, page: PageQuery): Promise<Page<SessionRow>> {
    const items = this.#db.all(signInSql.pageOfSessions, { accountId, now, ...page });
    return { total: this.#db.one(signInSql.countSessions, { accountId, now }), items };
  }

  async noteSessionUse(session: Pick<SessionRow, 'digest' | 'lastUsedAt' | 'address'>): Promise<void> {
    await this.#write(() => this.#db.run(signInSql.noteUse, session));
  }

  async openSetup(code: SetupCode): Promise<void> {
    await this.#write(() => this.#db.run(setupSql.insert, code));
  }

  async addSetupCode(code: SetupCode, now: number): Promise<boolean> {
    const { accountId } = code;
    return this.#write(() => {
      if (this.#db.get(setupSql.openOf, { accountId }) === undefined) return false;
      this.#db.run(setupSql.removeExpired, { accountId, now });
      this.#db.run(setupSql.insert, code);
      return true;
    });
  }

  async findSetupCode(digest: Uint8Array, now: number): Promise<SetupCode | undefined> {
    return this.#db.get(setupSql.byDigest, { digest, now });
  }

  async getPreferences(accountId: number): Promise<Preferences | undefined> {
    return getPreferences(this.#db, accountId);
  }
}

/** Part of a transaction. @returns what it was; undefined = it was not there */
export function endSession(db: Connection, accountId: number, idBytes: Uint8Array): SessionRow | undefined {
  return db.get(signInSql.endSession, { accountId, idBytes, length: sessionIdBytes });
}

/** Part of a transaction. @returns how many there were, and how many are kept */
export function endOtherSessions(db: Connection, accountId: number, kept: Uint8Array) {
  const ended = db.run(signInSql.endOthers, { accountId, kept });
  return { ended, kept: db.one(signInSql.countSessions, { accountId, now: 0 }) };
}

function getPreferences(db: Connection, accountId: number): Preferences | undefined {
  return db.get(signInSql.preferencesOf, { accountId });
}

/** Part of a transaction. @returns those before */
export function setPreferences(
  db: Connection,
  accountId: number,
  preferences: Preferences,
): Preferences | undefined {
  const before = getPreferences(db, accountId);
  db.run(signInSql.setPreferences, { accountId, ...preferences });
  return before;
}
