/** Sessions in PostgreSQL. */
import { statement } from '../statement.ts';
import { insertSessionText, sessionSql } from '../statements/accounts.ts';
import type { SessionRow } from '../store.ts';
import { sessions } from '../tables.ts';
import type { Queryable } from './connection.ts';

const insert = statement(sessions, `${insertSessionText} FOR KEY SHARE`);

export async function insertSession(db: Queryable, session: SessionRow): Promise<void> {
  await db.run(insert, session);
}

export function findSession(db: Queryable, digest: Uint8Array): Promise<SessionRow | undefined> {
  return db.get(sessionSql.byDigest, { digest });
}
