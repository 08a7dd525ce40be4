/** Inserts tombstones, as part of a transaction that the caller opens. */
import type { Tombstone } from '../../domain/tombstone.ts';
import type { Queryable } from './connection.ts';

const insert = `INSERT INTO tombstones (digest, key_id, deleted_at, kind, account_id, name, hint)
    SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[])
    ON CONFLICT DO NOTHING`;

/** Those that are there already stay as they are. */
export async function insertTombstones(db: Queryable, tombstones: readonly Tombstone[]): Promise<void> {
  if (tombstones.length === 0) return;
  await db.run(
    insert,
    tombstones.map(({ digest }) => digest),
    tombstones.map(({ id }) => id),
    tombstones.map(({ deletedAt }) => deletedAt),
    tombstones.map(({ kind }) => kind),
    tombstones.map(({ accountId }) => accountId),
    tombstones.map(({ name }) => name),
    tombstones.map(({ hint }) => hint),
  );
}
