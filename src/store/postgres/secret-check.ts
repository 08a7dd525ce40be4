/** Checks that all nodes on one database can open what any of them seals. */
import type { SecretRing } from '../../domain/secret-ring.ts';
import { bytes, optional, text } from '../columns.ts';
import { secretSql } from '../sealed-columns.ts';
import {
  foreignSecret,
  isSame,
  judgeSecrets,
  type SecretState,
  secretState,
  unusedSecret,
} from '../secret-order.ts';
import { statement, textIn } from '../statement.ts';
import type { Queryable } from './connection.ts';

export const lockSecret = statement({}, `${secretSql.state.postgres} FOR UPDATE`, secretState);
const shareSecret = statement({}, `${secretSql.state.postgres} FOR SHARE`, secretState);

const sql = {
  insertState: statement(
    { current: bytes(), previous: optional(bytes()), retired: bytes() },
    'INSERT INTO server_secret (id, fingerprint, previous, retired) VALUES (1, :current, :previous, :retired)',
  ),
  // An earlier process of the same data directory is dead: the directory's lock says so.
  behind: statement(
    { nodeId: text(), current: bytes() },
    `SELECT name FROM nodes WHERE state = 'active' AND node_id <> :nodeId AND NOT :current::bytea = ANY(secrets)
      ORDER BY name`,
    textIn('name'),
  ),
} as const;

/** As `SealedStore.admit`. Part of a transaction. @param nodeId of the node that starts */
export async function admitSecrets(
  tx: Queryable,
  ring: SecretRing,
  nodeId: string,
): Promise<readonly string[]> {
  const current = ring.current.fingerprint;
  await tx.run(secretSql.insert, { current });
  if (!judgeSecrets(await tx.one(lockSecret), ring)) return [];
  const behind = await tx.all(sql.behind, { nodeId, current });
  if (behind.length === 0) await tx.run(secretSql.rotate, { current });
  return behind;
}

/**
 * For a node that registers: a rotation that begins at the same time waits until it is seen. Part of a transaction.
 * @throws HalleyError('store_unavailable') when the node does not know the secrets in use
 */
export async function requireSecrets(tx: Queryable, ring: SecretRing): Promise<void> {
  const state = await tx.get(shareSecret);
  // Only a process that starts may begin a rotation.
  if (state && judgeSecrets(state, ring)) throw unusedSecret();
}

/**
 * Stores the secret state in a new database. Part of a transaction.
 * @param state of the database that the values come from
 * @throws HalleyError('store_unavailable') when it was written under other secrets
 */
export async function moveSecrets(tx: Queryable, state: SecretState, ring: SecretRing): Promise<void> {
  judgeSecrets(state, ring);
  const found = await tx.get(lockSecret);
  if (!found) await tx.run(sql.insertState, { ...state, retired: Buffer.concat(state.retired) });
  else if (!isSameState(found, state)) throw foreignSecret();
}

function isSameState(one: SecretState, other: SecretState): boolean {
  const isPrevious = one.previous === other.previous || isSame(one.previous, other.previous);
  return isPrevious && isSame(one.current, other.current);
}
