/** All nodes on one database must seal key values under one secret: what one sealed, the others open. */
import { hash } from 'node:crypto';
import { HalleyError } from '../../platform/errors.ts';
import type { Queryable } from './connection.ts';

/** Says nothing of the secret, which has 256 random bits. */
function fingerprint(secret: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from('halley server secret\n'), secret]), 'buffer');
}

/** Whether the database was written under this secret; undefined = it has been written under none yet. */
export async function isOwnSecret(database: Queryable, secret: Uint8Array): Promise<boolean | undefined> {
  const row = await database.get('SELECT fingerprint FROM server_secret');
  return row && fingerprint(secret).equals(row.fingerprint as Buffer);
}

/**
 * Notes the secret's fingerprint in a new database.
 * @throws HalleyError('store_unavailable') when the database was written under another secret
 */
export async function requireSameSecret(database: Queryable, secret: Uint8Array): Promise<void> {
  const own = fingerprint(secret);
  await database.run(
    'INSERT INTO server_secret (id, fingerprint) VALUES (1, $1) ON CONFLICT DO NOTHING',
    own,
  );
  if (await isOwnSecret(database, secret)) return;
  throw new HalleyError('store_unavailable', {
    message:
      'The database was written under another server secret than this node has. Give every node the same one in the setting server_secret (HALLEY_SERVER_SECRET).',
  });
}
