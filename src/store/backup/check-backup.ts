/** Checks a backup, and whether the data directory has what it needs, before a restore changes anything. */
import { existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { serverSecret } from '../../domain/secret-ring.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { RandomBytes } from '../../platform/random.ts';
import { isSame, judgeSecrets, knows, type SecretState, secretState } from '../secret-order.ts';
import { loadSecrets, type SecretSettings, serverSecretFileName } from '../server-secret.ts';
import { schemaVersion } from '../sqlite/migrate.ts';
import { type Manifest, reasonOf, sealedSecretName, unusableBackup } from './manifest.ts';
import { openSecrets } from './sealed-secret.ts';

/** What migrations and the write-ahead log may take besides the database itself, in bytes. */
const spareBytes = 33_554_432;

/** @throws HalleyError('store_unavailable') */
export function requireKnownVersion({ schema_version, halley }: Manifest): void {
  if (schema_version <= schemaVersion) return;
  throw unusableBackup(
    `The backup was made by Halley ${halley}, whose schema version ${schema_version} is newer than this one's (${schemaVersion}). Restore with that version.`,
  );
}

/** @throws HalleyError('store_unavailable') when the directory has no room for another database of that size */
export function requireSpace(dir: string, { database }: Manifest): void {
  const { bavail, bsize } = statfsSync(dir);
  const [free, wanted] = [bavail * bsize, database.bytes + spareBytes];
  if (free >= wanted) return;
  const mib = (bytes: number) => `${Math.ceil(bytes / 1_048_576)} MiB`;
  throw unusableBackup(
    `${dir} has ${mib(free)} free, the restore needs ${mib(wanted)}. Free space, then restore again.`,
  );
}

/** @throws HalleyError('store_unavailable') when what was copied is not what the manifest says */
export function requireSame(
  found: { readonly sha256: string; readonly bytes: number },
  manifest: Manifest,
): void {
  const { database } = manifest;
  if (found.bytes === database.bytes && found.sha256 === database.sha256) return;
  const what = `${database.file} of the backup has ${found.bytes} bytes and SHA-256 ${found.sha256}`;
  throw unusableBackup(
    `${what}; its manifest says ${database.bytes} bytes and ${database.sha256}. The backup is damaged: use another one.`,
  );
}

/** @throws HalleyError('store_unavailable') when the copied database is not sound, or not the one of the manifest */
export function requireSound(path: string, manifest: Manifest): void {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const result = Object.values(database.prepare('PRAGMA integrity_check(1)').get() ?? {})[0];
    if (result !== 'ok')
      throw unusableBackup(`The database of the backup is damaged (${result}). Use another one.`);
    const { version } = Object(database.prepare('SELECT version FROM schema_version').get());
    if (Number(version) !== manifest.schema_version) {
      throw unusableBackup(
        'The database of the backup has another schema version than its manifest says. Use another one.',
      );
    }
    requireSecretsOf(database, manifest);
  } catch (error) {
    if (error instanceof HalleyError) throw error;
    throw unusableBackup(`The database of the backup cannot be read: ${reasonOf(error)}. Use another one.`);
  } finally {
    database.close();
  }
}

function requireSecretsOf(database: DatabaseSync, manifest: Manifest): void {
  // Older databases do not say what they were written under.
  if (!database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'server_secret'").get()) return;
  const row = database.prepare('SELECT * FROM server_secret').get();
  if (!row) return;
  const [found, said] = [secretState(row), stateOfBackup(manifest)];
  const isPrevious = found.previous === said.previous || isSame(found.previous, said.previous);
  if (isSame(found.current, said.current) && isPrevious) return;
  throw unusableBackup(
    'The database of the backup was written under another server secret than its manifest says. Use another one.',
  );
}

/** Secrets that are to be put into the data directory; undefined = it needs none. */
export interface MissingSecrets {
  readonly current: Uint8Array | undefined;
  readonly previous: Uint8Array | undefined;
}

export interface SecretQuestion {
  readonly settings: SecretSettings;
  /** The directory of the backup. */
  readonly from: string;
  readonly manifest: Manifest;
  /** Asked for only when a secret is missing. */
  readonly passphrase: () => Promise<string>;
  readonly random: RandomBytes;
}

/**
 * Finds which secrets the data directory lacks for the backup, and opens them.
 * @throws HalleyError('store_unavailable') saying what to do when the directory has another secret, or the backup
 * holds none
 */
export async function findMissingSecrets(question: SecretQuestion): Promise<MissingSecrets> {
  const { settings, manifest } = question;
  const state = stateOfBackup(manifest);
  const hasFile = existsSync(join(settings.data_dir, serverSecretFileName));
  const ring =
    hasFile || settings.server_secret !== undefined ? loadSecrets(settings, question.random) : undefined;
  const isMissing = (fingerprint: Uint8Array | null) =>
    fingerprint !== null && !(ring && knows(ring, fingerprint));
  const missing = { current: isMissing(state.current), previous: isMissing(state.previous) };
  if (ring && missing.current) throw otherSecret(settings);
  if (settings.server_secret !== undefined && missing.previous) throw lacksPrevious();
  if (!missing.current && !missing.previous) {
    if (ring) judgeSecrets(state, ring);
    return { current: undefined, previous: undefined };
  }
  const opened = await openFromBackup(question);
  const take = (fingerprint: Uint8Array | null) =>
    opened.find((secret) => isSame(serverSecret(secret).fingerprint, fingerprint));
  const found = {
    current: missing.current ? take(state.current) : undefined,
    previous: missing.previous ? take(state.previous) : undefined,
  };
  if ((missing.current && !found.current) || (missing.previous && !found.previous)) {
    throw unusableBackup('The sealed server secret does not belong to this backup. Use another one.');
  }
  return found;
}

async function openFromBackup({ settings, from, manifest, passphrase }: SecretQuestion) {
  const path = join(from, sealedSecretName);
  if (!manifest.secret.sealed || !existsSync(path)) {
    const file = join(settings.data_dir, serverSecretFileName);
    throw unusableBackup(
      `The backup holds no server secret, and ${settings.data_dir} has none. Put the one that you kept into ${file} (mode 600), or give it in the setting server_secret, then restore again.`,
    );
  }
  return openSecrets(path, await passphrase());
}

function stateOfBackup({ secret }: Manifest): SecretState {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
  return {
    current: bytes(secret.fingerprint),
    previous: secret.previous === null ? null : bytes(secret.previous),
    retired: [],
  };
}

function otherSecret({ data_dir, server_secret }: SecretSettings): HalleyError {
  const where =
    server_secret === undefined ? `The server secret in ${data_dir}` : 'The setting server_secret';
  return unusableBackup(
    `${where} is not the one that the backup was written under. If it replaced that one, put the old one into server_secrets_accepted. Else restore into an empty directory, which takes the secret from the backup.`,
  );
}

function lacksPrevious(): HalleyError {
  return unusableBackup(
    'The backup was made while the server secret was being replaced. Put the secret from before into server_secrets_accepted, then restore again.',
  );
}
