/** Checks the server secret, for `halley doctor`, on either engine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretRing } from '../domain/secret-ring.ts';
import { HalleyError } from '../platform/errors.ts';
import { systemRandom } from '../platform/random.ts';
import type { Settings } from '../platform/settings/schema.ts';
import { judgeSecrets, type SecretState } from '../store/secret-order.ts';
import { loadSecrets, serverSecretFileName } from '../store/server-secret.ts';
import { databaseFileName } from '../store/sqlite/open.ts';
import { findSecretState } from '../store/sqlite/secret-report.ts';
import { type Finding, failed, ok } from './finding.ts';

const check = 'server secret';

/** Reads the secrets of this node without creating any; undefined when it has none yet. */
export function findSecrets(settings: Settings): SecretRing | HalleyError | undefined {
  const path = join(settings.data_dir, serverSecretFileName);
  if (settings.server_secret === undefined && !existsSync(path)) return undefined;
  try {
    return loadSecrets(settings, systemRandom);
  } catch (error) {
    if (error instanceof HalleyError) return error;
    throw error;
  }
}

/** @param secrets undefined when the node has none */
export function checkSecrets(state: SecretState | undefined, secrets: SecretRing | undefined): Finding {
  if (!state) return ok(check, 'The database was not written under a server secret yet.');
  if (!secrets) {
    return failed(
      check,
      'The database was written under one, and this node has none. Give every node the same one in the setting server_secret (HALLEY_SERVER_SECRET).',
    );
  }
  try {
    const begins = judgeSecrets(state, secrets);
    if (begins) return ok(check, 'It is a new one: a rotation begins when `halley serve` loads it.');
  } catch (error) {
    if (!(error instanceof HalleyError)) throw error;
    return failed(check, error.message);
  }
  return state.previous
    ? ok(check, 'It is being rotated. See: halley secret status')
    : ok(check, 'It is the one that the database was written under.');
}

/** Checks the secrets of a SQLite database. Other checks report a missing or unreadable database. */
export function checkFileSecrets(settings: Settings): Finding[] {
  if (!existsSync(join(settings.data_dir, databaseFileName))) return [];
  const secrets = findSecrets(settings);
  if (secrets instanceof HalleyError) return [failed(check, secrets.message)];
  try {
    return [checkSecrets(findSecretState(settings.data_dir), secrets)];
  } catch (error) {
    if (!(error instanceof HalleyError)) throw error;
    return [];
  }
}
