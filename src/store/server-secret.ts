/**
 * Stores the server secret as a file in the data directory: 64 hexadecimal digits that only the owner may read. It is
 * created once; without it sealed values cannot be opened. During a rotation the previous secret is beside it.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { SecretRing, serverSecretBytes } from '../domain/secret-ring.ts';
import { HalleyError } from '../platform/errors.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { Settings } from '../platform/settings/schema.ts';
import { syncDirectory } from './backup/files.ts';
import { databaseFileName } from './sqlite/open.ts';
import { storageFailure } from './storage-failure.ts';

export const serverSecretFileName = 'server-secret';
export const oldSecretFileName = 'server-secret.old';
/** A new one, complete, that is not in use yet. */
const newSecretFileName = 'server-secret.new';

export type SecretSettings = Pick<Settings, 'data_dir' | 'server_secret' | 'server_secrets_accepted'>;

/**
 * Reads the secrets that the settings name or the data directory holds. A secret is made in a directory that has no
 * database yet. Call it before the store is opened.
 * @throws HalleyError('store_unavailable') as `loadServerSecret`
 */
export function loadSecrets(settings: SecretSettings, random: RandomBytes): SecretRing {
  const { data_dir: dir, server_secret, server_secrets_accepted } = settings;
  const accepted = server_secrets_accepted.map((text) => Buffer.from(text, 'hex'));
  if (server_secret !== undefined) return new SecretRing(Buffer.from(server_secret, 'hex'), accepted);
  const current = loadServerSecret(dir, random);
  const old = readOldSecret(dir);
  return new SecretRing(current, old ? [...accepted, old] : accepted);
}

/** The secret before the present one; undefined = it is not in the directory. */
export function readOldSecret(dir: string): Uint8Array | undefined {
  const path = join(dir, oldSecretFileName);
  return existsSync(path) ? guarded(path, () => read(path)) : undefined;
}

/**
 * For commands, which make none.
 * @throws HalleyError('store_unavailable') when the secret is to be in a file that is not there
 */
export function requireSecretFile({ data_dir, server_secret }: SecretSettings): void {
  const path = join(data_dir, serverSecretFileName);
  if (server_secret === undefined && !existsSync(path)) throw refusal(`There is no server secret ${path}.`);
}

/**
 * Reads the secret, or makes it in a directory that has no database yet.
 * @param dir made with mode 0700 when missing
 * @returns 32 bytes
 * @throws HalleyError('store_unavailable') saying what to do, when others may read the file, when it does
 * not hold a secret, or when it is missing beside a database
 */
export function loadServerSecret(dir: string, random: RandomBytes): Uint8Array {
  const path = join(dir, serverSecretFileName);
  return guarded(path, () => {
    if (!existsSync(path)) create(dir, path, random);
    return read(path);
  });
}

/**
 * Puts a new secret in the place of the present one, which stays beside it. Whatever step a crash interrupts, both
 * are there, and calling this again goes on.
 * @throws HalleyError('store_unavailable') when there is none, or the one before is still there
 */
export function rotateServerSecret(dir: string, random: RandomBytes): void {
  const [path, old, next] = [serverSecretFileName, oldSecretFileName, newSecretFileName].map((name) =>
    join(dir, name),
  ) as [string, string, string];
  guarded(path, () => {
    if (!existsSync(path)) throw refusal(`There is no server secret ${path}.`);
    requireNoOther(path, old);
    if (!existsSync(next)) place(next, random(serverSecretBytes), random);
    read(next);
    if (!existsSync(old)) linkSync(path, old);
    syncDirectory(dir);
    requireNoOther(path, old);
    renameSync(next, path);
    syncDirectory(dir);
  });
}

/** Removes the secret before the present one, for good. @returns whether it was there */
export function removeOldSecret(dir: string): boolean {
  const old = join(dir, oldSecretFileName);
  if (!existsSync(old)) return false;
  guarded(old, () => {
    rmSync(old);
    syncDirectory(dir);
  });
  return true;
}

/** A link to the present secret is what an interrupted rotation leaves. */
function requireNoOther(path: string, old: string): void {
  if (!existsSync(old) || Buffer.compare(read(path), read(old)) === 0) return;
  throw refusal(
    `${old} is still there: a rotation is under way or was not cleared away. See: halley secret status`,
  );
}

function guarded<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof HalleyError) throw error;
    throw storageFailure(path, error, `The server secret ${path}`);
  }
}

function read(path: string): Uint8Array {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    const shown = mode.toString(8).padStart(4, '0');
    throw refusal(`The server secret ${path} has mode ${shown}: others may use it. Run: chmod 600 ${path}`);
  }
  const text = readFileSync(path, 'utf8').trim();
  if (!new RegExp(`^[0-9a-fA-F]{${2 * serverSecretBytes}}$`).test(text)) {
    const wanted = `${2 * serverSecretBytes} hexadecimal digits`;
    throw refusal(`The server secret ${path} is not ${wanted}. Restore it from a backup.`);
  }
  return Buffer.from(text, 'hex');
}

function create(dir: string, path: string, random: RandomBytes): void {
  if (existsSync(join(dir, databaseFileName))) {
    throw refusal(
      `${dir} holds a database but not the server secret that it was written under. Restore ${path} from a ` +
        'backup, or give the secret in the setting server_secret.',
    );
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  place(path, random(serverSecretBytes), random);
  syncDirectory(dir);
}

/**
 * Puts secrets from a backup into a data directory.
 * @param secrets undefined = the directory has it, or it is not needed
 * @throws HalleyError('store_unavailable') when there is another one already
 */
export function placeSecrets(
  dir: string,
  secrets: { readonly current: Uint8Array | undefined; readonly previous: Uint8Array | undefined },
  random: RandomBytes,
): void {
  const files = [
    [join(dir, serverSecretFileName), secrets.current],
    [join(dir, oldSecretFileName), secrets.previous],
  ] as const;
  for (const [path, bytes] of files) {
    if (bytes) guarded(path, () => place(path, bytes, random));
  }
  guarded(dir, () => syncDirectory(dir));
}

/** Written aside and linked into place, so that a crash never leaves half of it and none is overwritten. */
function place(path: string, secret: Uint8Array, random: RandomBytes): void {
  const draft = `${path}.${Buffer.from(random(8)).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${Buffer.from(secret).toString('hex')}\n`);
    fsyncSync(file);
    linkSync(draft, path);
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
}

function refusal(message: string): HalleyError {
  return new HalleyError('store_unavailable', { message, log: message });
}
