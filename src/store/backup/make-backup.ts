/** Makes a backup of a SQLite data directory, beside a gateway that may be running on it. */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SecretRing } from '../../domain/secret-ring.ts';
import type { Clock } from '../../platform/clock.ts';
import type { RandomBytes } from '../../platform/random.ts';
import { version } from '../../platform/version.ts';
import { foreignSecret, isSame, type SecretState, secretState, stateOf } from '../secret-order.ts';
import { loadSecrets, requireSecretFile, type SecretSettings } from '../server-secret.ts';
import { schemaVersion } from '../sqlite/migrate.ts';
import { databaseFileName } from '../sqlite/open.ts';
import { asStorageFailure, noDatabase } from '../storage-failure.ts';
import { fileDigest, syncDirectory, syncFile, writePrivate } from './files.ts';
import {
  backupDatabaseName,
  isBackup,
  type Manifest,
  manifestFileName,
  manifestText,
  reasonOf,
  sealedSecretName,
  unusableBackup,
} from './manifest.ts';
import { sealSecrets } from './sealed-secret.ts';

/** How long a lock of another program is waited for, in milliseconds. */
const lockWaitMs = 10_000;

export interface BackupOptions {
  readonly settings: SecretSettings;
  /** The directory to make. */
  readonly target: string;
  /** Whether a backup that is there already is replaced. */
  readonly overwrite: boolean;
  /** Seals the server secret; undefined = the secret is left out. */
  readonly passphrase: string | undefined;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/**
 * Writes under another name and renames at the end: after an interruption a backup is complete or absent.
 * @throws HalleyError('store_unavailable') with a message for the operator
 */
export function makeBackup(options: BackupOptions): Manifest {
  const { settings, random, overwrite } = options;
  const source = join(settings.data_dir, databaseFileName);
  if (!existsSync(source)) throw noDatabase(source);
  requireSecretFile(settings);
  const target = resolve(options.target);
  requirePlace(target, overwrite);
  const suffix = Buffer.from(random(6)).toString('hex');
  const partial = `${target}.partial-${suffix}`;
  try {
    mkdirSync(partial, { recursive: true, mode: 0o700 });
    const manifest = fill(partial, source, options);
    moveInto(partial, target, `${target}.replaced-${suffix}`);
    return manifest;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw asStorageFailure(target, error);
  }
}

/** Only a backup is ever overwritten: a wrong path must not cost other files. */
function requirePlace(target: string, overwrite: boolean): void {
  if (!existsSync(target) || isEmptyDirectory(target)) return;
  if (!isBackup(target)) throw unusableBackup(`${target} exists and is not a backup. Name a new directory.`);
  if (!overwrite)
    throw unusableBackup(`${target} already contains a backup. Name a new directory, or add --overwrite.`);
}

function isEmptyDirectory(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false;
  }
}

function fill(partial: string, source: string, options: BackupOptions): Manifest {
  const copy = join(partial, backupDatabaseName);
  copyDatabase(source, copy);
  // After the copy: a rotation that began meanwhile keeps the old secret beside the new one.
  const ring = loadSecrets(options.settings, options.random);
  const found = readCopy(copy, ring);
  const { passphrase, clock, random } = options;
  const secrets = neededSecrets(found.secrets, ring);
  if (passphrase !== undefined) {
    writePrivate(join(partial, sealedSecretName), sealSecrets(secrets, passphrase, random));
  }
  syncFile(copy);
  const { sha256, bytes } = fileDigest(copy);
  const manifest = {
    halley: version,
    schema_version: found.schema,
    created_at: new Date(clock.now()).toISOString(),
    database: { file: backupDatabaseName, bytes, sha256 },
    secret: {
      fingerprint: hex(found.secrets.current),
      previous: found.secrets.previous && hex(found.secrets.previous),
      sealed: passphrase !== undefined,
    },
    rows: found.rows,
  } as const;
  writePrivate(join(partial, manifestFileName), manifestText(manifest));
  syncDirectory(partial);
  return { format: 1, engine: 'sqlite', ...manifest };
}

/**
 * One statement on one snapshot of the database, for which no writer has to wait. It copies only pages in use, so that
 * no part of a deleted row is copied.
 */
function copyDatabase(source: string, copy: string): void {
  closeSync(openSync(copy, 'wx', 0o600));
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(source, { readOnly: true, timeout: lockWaitMs });
    database.prepare('VACUUM INTO ?').run(copy);
  } catch (error) {
    throw unusableBackup(
      `${source} cannot be copied to ${copy}: ${reasonOf(error)}. Check the free space there, and the database with \`halley doctor\`.`,
    );
  } finally {
    database?.close();
  }
}

function readCopy(copy: string, ring: SecretRing) {
  const database = new DatabaseSync(copy);
  try {
    // The mark of a run must not go with it: see sqlite/run-mark.ts.
    database.exec('PRAGMA user_version = 0');
    const one = (sql: string) => Object(database.prepare(sql).get()) as Record<string, unknown>;
    const has = (table: string) =>
      database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined;
    const schema = has('schema_version') ? Number(one('SELECT version FROM schema_version').version) : 0;
    if (schema === 0 || schema > schemaVersion) {
      throw unusableBackup(
        `The database has the schema version ${schema}, this Halley knows up to ${schemaVersion}. Make the backup with the Halley that runs on it.`,
      );
    }
    // Older databases do not say what they were written under.
    const row = has('server_secret') ? database.prepare('SELECT * FROM server_secret').get() : undefined;
    const secrets: SecretState = row ? secretState(row) : stateOf(ring);
    const count = (table: string) => Number(one(`SELECT count(*) AS total FROM ${table}`).total);
    const rows = { accounts: count('accounts'), keys: count('keys'), channels: count('channels') };
    return { schema, secrets, rows };
  } finally {
    database.close();
  }
}

/** The current one first. @throws HalleyError('store_unavailable') when the settings do not have them all */
function neededSecrets({ current, previous }: SecretState, { known }: SecretRing): readonly Uint8Array[] {
  return [current, ...(previous ? [previous] : [])].map((fingerprint) => {
    const secret = known.find((each) => isSame(each.fingerprint, fingerprint));
    if (!secret) throw foreignSecret();
    return secret.bytes;
  });
}

function moveInto(partial: string, target: string, aside: string): void {
  const replaces = existsSync(target) && !isEmptyDirectory(target);
  if (replaces) renameSync(target, aside);
  renameSync(partial, target);
  syncDirectory(dirname(target));
  if (replaces) rmSync(aside, { recursive: true });
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
