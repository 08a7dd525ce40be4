/** All nodes on one database must be able to open what any of them seals. */
import type { SecretRing } from '../../domain/secret-ring.ts';
import {
  foreignSecret,
  isSame,
  judgeSecrets,
  type SecretState,
  secretState,
  unusedSecret,
} from '../secret-order.ts';
import type { Queryable } from './connection.ts';

const columns = 'fingerprint, previous, retired FROM server_secret';

export const secretSql = {
  state: `SELECT ${columns}`,
  lock: `SELECT ${columns} FOR UPDATE`,
  share: `SELECT ${columns} FOR SHARE`,
} as const;

const sql = {
  note: 'INSERT INTO server_secret (id, fingerprint) VALUES (1, $1) ON CONFLICT DO NOTHING',
  noteAll: 'INSERT INTO server_secret (id, fingerprint, previous, retired) VALUES (1, $1, $2, $3)',
  rotate: 'UPDATE server_secret SET previous = fingerprint, fingerprint = $1',
  // An earlier process of the same data directory is dead: the directory's lock says so.
  behind: `SELECT name FROM nodes WHERE state = 'active' AND node_id <> $1 AND NOT $2::bytea = ANY(secrets)
    ORDER BY name`,
} as const;

/** As `SealedStore.admit`. Part of a transaction. @param nodeId of the node that starts */
export async function admitSecrets(
  tx: Queryable,
  ring: SecretRing,
  nodeId: string,
): Promise<readonly string[]> {
  await tx.run(sql.note, ring.current.fingerprint);
  const state = secretState(await tx.one(secretSql.lock));
  if (!judgeSecrets(state, ring)) return [];
  const behind = await tx.all(sql.behind, nodeId, ring.current.fingerprint);
  if (behind.length > 0) return behind.map(({ name }) => String(name));
  await tx.run(sql.rotate, ring.current.fingerprint);
  return [];
}

/**
 * For a node that registers: a rotation that begins at the same time waits until it is seen. Part of a transaction.
 * @throws HalleyError('store_unavailable') when the node does not know the secrets in use
 */
export async function requireSecrets(tx: Queryable, ring: SecretRing): Promise<void> {
  const row = await tx.get(secretSql.share);
  // Only a process that starts may begin a rotation.
  if (row && judgeSecrets(secretState(row), ring)) throw unusedSecret();
}

/**
 * Notes in an empty database what it is filled with. Part of a transaction.
 * @param state of the database that the values come from
 * @throws HalleyError('store_unavailable') when it was written under other secrets
 */
export async function moveSecrets(tx: Queryable, state: SecretState, ring: SecretRing): Promise<void> {
  judgeSecrets(state, ring);
  const row = await tx.get(secretSql.lock);
  if (!row) await tx.run(sql.noteAll, state.current, state.previous, Buffer.concat(state.retired));
  else if (!isSameState(secretState(row), state)) throw foreignSecret();
}

function isSameState(one: SecretState, other: SecretState): boolean {
  const isPrevious = one.previous === other.previous || isSame(one.previous, other.previous);
  return isPrevious && isSame(one.current, other.current);
}
