/** Sessions of one account, setup codes and preferences in PostgreSQL. */
import type { Preferences } from '../../domain/preferences.ts';
import { type SessionRow, type SetupCode, type SignInStore, sessionIdBytes } from '../sign-in-store.ts';
import { statement } from '../statement.ts';
import { setupSql, signInSql } from '../statements/sign-ins.ts';
import type { Page, PageQuery } from '../store.ts';
import { accounts } from '../tables.ts';
import type { Database, Queryable } from './connection.ts';

/** Waits for sign-ins and changes of the account, and makes them wait: see `insertSession` and `updateAccount`. */
const lockAccount = statement({ id: accounts.id }, 'SELECT 1 FROM accounts WHERE id = :id FOR UPDATE');

export class PostgresSignIns implements SignInStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async listSessions(accountId: number, now: number, page: PageQuery): Promise<Page<SessionRow>> {
    const [total, items] = await Promise.all([
      this.#db.one(signInSql.countSessions, { accountId, now }),
      this.#db.all(signInSql.pageOfSessions, { accountId, now, ...page }),
    ]);
    return { total, items };
  }

  async noteSessionUse(session: Pick<SessionRow, 'digest' | 'lastUsedAt' | 'address'>): Promise<void> {
    await this.#db.run(signInSql.noteUse, session);
  }

  async openSetup(code: SetupCode): Promise<void> {
    await this.#db.run(setupSql.insert, code);
  }

  addSetupCode(code: SetupCode, now: number): Promise<boolean> {
    const { accountId } = code;
    return this.#db.transaction(async (tx) => {
      await tx.get(lockAccount, { id: accountId });
      if ((await tx.get(setupSql.openOf, { accountId })) === undefined) return false;
      await tx.run(setupSql.removeExpired, { accountId, now });
      await tx.run(setupSql.insert, code);
      return true;
    });
  }

  findSetupCode(digest: Uint8Array, now: number): Promise<SetupCode | undefined> {
    return this.#db.get(setupSql.byDigest, { digest, now });
  }

  getPreferences(accountId: number): Promise<Preferences | undefined> {
    return getPreferences(this.#db, accountId);
  }
}

/** Part of a transaction. @returns what it was; undefined = it was not there */
export function endSession(
  tx: Queryable,
  accountId: number,
  idBytes: Uint8Array,
): Promise<SessionRow | undefined> {
  return tx.get(signInSql.endSession, { accountId, idBytes, length: sessionIdBytes });
}

/** Part of a transaction. @returns how many there were, and how many are kept */
export async function endOtherSessions(tx: Queryable, accountId: number, kept: Uint8Array) {
  const ended = await tx.run(signInSql.endOthers, { accountId, kept });
  return { ended, kept: await tx.one(signInSql.countSessions, { accountId, now: 0 }) };
}

function getPreferences(db: Queryable, accountId: number): Promise<Preferences | undefined> {
  return db.get(signInSql.preferencesOf, { accountId });
}

/** Part of a transaction. @returns those before */
export async function setPreferences(
  tx: Queryable,
  accountId: number,
  preferences: Preferences,
): Promise<Preferences | undefined> {
  const before = await getPreferences(tx, accountId);
  await tx.run(signInSql.setPreferences, { accountId, ...preferences });
  return before;
}
