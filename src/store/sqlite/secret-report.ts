/** How far a rotation of the server secret is, in a database that a running gateway may be using. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sealPrefix } from '../../keys/seal.ts';
import type { SecretRing } from '../../keys/secret-ring.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { SecretReport } from '../sealed-store.ts';
import { currentOf, type SecretState } from '../secret-order.ts';
import { Connection } from './connection.ts';
import { requireCurrentSchema } from './migrate.ts';
import { databaseFileName } from './open.ts';
import { countSealed, readSecretState } from './sealed.ts';

const lockWaitMs = 10_000;

/**
 * Reads alone: nothing is locked, migrated or made.
 * @throws HalleyError('store_unavailable') when there is no database, it is of another version, or its secret is not
 * in the ring
 */
export function reportSecrets(dir: string, ring: SecretRing): SecretReport {
  return reading(dir, (connection) => {
    const state = readSecretState(connection);
    const counts = state ? countSealed(connection, sealPrefix(currentOf(state, ring))) : [];
    return { state, counts, nodes: [] };
  });
}

/**
 * What the database was written under.
 * @throws HalleyError('store_unavailable') when there is no database, or it is of another version
 */
export function findSecretState(dir: string): SecretState | undefined {
  return reading(dir, readSecretState);
}

function reading<Result>(dir: string, read: (connection: Connection) => Result): Result {
  const path = join(dir, databaseFileName);
  if (!existsSync(path))
    throw new HalleyError('store_unavailable', { message: `There is no database ${path}.` });
  const connection = new Connection(path, lockWaitMs, true);
  try {
    requireCurrentSchema(connection, path);
    return connection.readSnapshot(() => read(connection));
  } finally {
    connection.close();
  }
}
