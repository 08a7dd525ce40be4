/** Sessions in PostgreSQL. */
import { sessionRow } from '../rows.ts';
import type { SessionRow } from '../store.ts';
import type { Queryable } from './connection.ts';

export const sessionSql = {
  // A session of an account that is gone is not kept, rather than an error: it opens nothing.
  insert: `INSERT INTO sessions (digest, account_id, created_at, expires_at)
    SELECT $1, id, $3, $4 FROM accounts WHERE id = $2 FOR KEY SHARE`,
  byDigest: 'SELECT digest, account_id, created_at, expires_at FROM sessions WHERE digest = $1',
  remove: 'DELETE FROM sessions WHERE digest = $1',
  removeOf: 'DELETE FROM sessions WHERE account_id = $1',
  removeExpired: 'DELETE FROM sessions WHERE expires_at <= $1',
} as const;

export async function insertSession(db: Queryable, session: SessionRow): Promise<void> {
  const { digest, accountId, createdAt, expiresAt } = session;
  await db.run(sessionSql.insert, digest, accountId, createdAt, expiresAt);
}

export async function findSession(db: Queryable, digest: Uint8Array): Promise<SessionRow | undefined> {
  const row = await db.get(sessionSql.byDigest, digest);
  return row && sessionRow(row);
}
