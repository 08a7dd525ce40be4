/** Reports the progress of a server secret rotation in a database that nodes may be using. */
import { sealPrefix } from '../../domain/seal.ts';
import type { SecretRing } from '../../domain/secret-ring.ts';
import { HalleyError } from '../../platform/errors.ts';
import { boolean, bytes, list, reader, text } from '../columns.ts';
import type { SecretReport } from '../sealed-store.ts';
import { currentOf } from '../secret-order.ts';
import { statement } from '../statement.ts';
import { type ConnectionOptions, Database } from './connection.ts';
import { databaseName, unusable } from './database-name.ts';
import { requireKnownSchema } from './migrate.ts';
import { countSealed, readSecretState } from './sealed.ts';

/** How long counting may take on a database with very many values, in milliseconds. */
const countingMs = 10 * 60_000;

const listNodes = statement(
  { current: bytes(), known: list(bytes()) },
  `SELECT name, secrets[1] IS NOT DISTINCT FROM :current::bytea AS seals_under_current,
      secrets @> :known::bytea[] AS knows_all
    FROM nodes WHERE state = 'active' ORDER BY name`,
  reader({ name: text(), sealsUnderCurrent: boolean(), knowsAll: boolean() }),
);

/**
 * Reads from one snapshot of the database, without writing.
 * @throws HalleyError('store_unavailable') when it cannot be reached, is of another version, or its secret is not in
 * the ring
 */
export async function reportSecrets(connection: ConnectionOptions, ring: SecretRing): Promise<SecretReport> {
  const where = databaseName(connection.url);
  const database = new Database({ ...connection, poolMax: 1 });
  try {
    await requireKnownSchema(database, where);
    return await database.snapshot(async (tx) => {
      const state = await readSecretState(tx);
      if (!state) return { state, counts: [], nodes: [] };
      const counts = await countSealed(tx, sealPrefix(currentOf(state, ring)));
      const known = ring.known.map(({ fingerprint }) => fingerprint);
      const nodes = await tx.all(listNodes, { current: state.current, known });
      return { state, counts, nodes };
    }, countingMs);
  } catch (error) {
    if (error instanceof HalleyError) throw error;
    throw unusable(where, error);
  } finally {
    await database.close();
  }
}
