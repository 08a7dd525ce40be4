/**
 * The secret that key values are sealed under, as a file in the data directory: 64 hexadecimal digits that
 * only the owner may read. It is made once; without it what was sealed stays sealed.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { serverSecretBytes } from '../keys/seal.ts';
import { HalleyError } from '../platform/errors.ts';
import type { RandomBytes } from '../platform/random.ts';
import { databaseFileName } from './sqlite/open.ts';

export const serverSecretFileName = 'server-secret';

/**
 * Reads the secret, or makes it in a directory that has no database yet. Call it before the store is opened.
 * @param dir made with mode 0700 when missing
 * @returns 32 bytes
 * @throws HalleyError('store_unavailable') saying what to do, when others may read the file, when it does
 * not hold a secret, or when it is missing beside a database
 */
export function loadServerSecret(dir: string, random: RandomBytes): Uint8Array {
  const path = join(dir, serverSecretFileName);
  try {
    if (!existsSync(path)) create(dir, path, random);
    return read(path);
  } catch (error) {
    if (error instanceof HalleyError) throw error;
    throw refusal(`The server secret ${path} cannot be used: ${String(error)}.`);
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

/** Written aside and linked into place, so that a crash never leaves half of it and none is overwritten. */
function create(dir: string, path: string, random: RandomBytes): void {
  if (existsSync(join(dir, databaseFileName))) {
    throw refusal(
      `${dir} holds a database but not the server secret that it was written under. Restore ${path} from a ` +
        'backup, or give the secret in the setting server_secret.',
    );
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${Buffer.from(random(8)).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${Buffer.from(random(serverSecretBytes)).toString('hex')}\n`);
    fsyncSync(file);
    linkSync(draft, path);
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
  const directory = openSync(dir, 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function refusal(message: string): HalleyError {
  return new HalleyError('store_unavailable', { message, log: message });
}
