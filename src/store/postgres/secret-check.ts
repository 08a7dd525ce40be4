/** All nodes on one database must seal key values under one secret: what one sealed, the others open. */
import { hash } from 'node:crypto';
import { HalleyError } from '../../platform/errors.ts';
import type { Database } from './connection.ts';

/** Says nothing of the secret, which has 256 random bits. */
function fingerprint(secret: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from('halley server secret\n'), secret]), 'buffer');
}

/**
 * Notes the secret's fingerprint in a new database.
 * @throws HalleyError('store_unavailable') when the database was written under another secret
 */
export async function requireSameSecret(database: Database, secret: Uint8Array): Promise<void> {
  const own = fingerprint(secret);
  await database.run('INSERT INTO server_secret (id, fingerprint) VALUES (1, $1) ON CONFLICT DO NOTHING', own);
  const { fingerprint: known } = await database.one('SELECT fingerprint FROM server_secret');
  if (own.equals(known as Buffer)) return;
  throw new HalleyError('store_unavailable', {
    message:
      'The database was written under another server secret than this node has. Give every node the same one in the setting server_secret (HALLEY_SERVER_SECRET).',
  });
}
