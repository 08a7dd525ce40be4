/** Reports the progress of a server secret rotation in a database that a running gateway may be using. */
import { sealPrefix } from '../../domain/seal.ts';
import type { SecretRing } from '../../domain/secret-ring.ts';
import type { SecretReport } from '../sealed-store.ts';
import { currentOf, type SecretState } from '../secret-order.ts';
import { readDatabase } from './read-database.ts';
import { countSealed, readSecretState } from './sealed.ts';

/**
 * Reads only: it locks, migrates and writes nothing.
 * @throws HalleyError('store_unavailable') when there is no database, it is of another version, or its secret is not in
 * the ring
 */
export function reportSecrets(dir: string, ring: SecretRing): SecretReport {
  return readDatabase(dir, (connection) => {
    const state = readSecretState(connection);
    const counts = state ? countSealed(connection, sealPrefix(currentOf(state, ring))) : [];
    return { state, counts, nodes: [] };
  });
}

/**
 * The secrets that the values of a database are sealed under.
 * @throws HalleyError('store_unavailable') when there is no database, or it is of another version
 */
export function findSecretState(dir: string): SecretState | undefined {
  return readDatabase(dir, readSecretState);
}
