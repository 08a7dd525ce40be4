/** Sessions in PostgreSQL. */

import type { SessionRow } from '../sign-in-store.ts';
import { statement } from '../statement.ts';
import { insertSessionText, sessionSql } from '../statements/accounts.ts';
import { setupSql } from '../statements/sign-ins.ts';
import { sessions } from '../tables.ts';
import type { Queryable } from './connection.ts';

const insert = statement(sessions, `${insertSessionText} FOR KEY SHARE`);

/**
 * Part of a transaction. It locks the account before its setup codes, as `updateAccount` does.
 * @returns whether its account is there
 */
export async function insertSession(tx: Queryable, session: SessionRow): Promise<boolean> {
  if ((await tx.run(insert, session)) === 0) return false;
  await tx.run(setupSql.removeOf, session);
  return true;
}

/** @returns what it was; undefined = it was not there */
export function deleteSession(db: Queryable, digest: Uint8Array): Promise<SessionRow | undefined> {
  return db.get(sessionSql.remove, { digest });
}

export function findSession(db: Queryable, digest: Uint8Array): Promise<SessionRow | undefined> {
  return db.get(sessionSql.byDigest, { digest });
}
