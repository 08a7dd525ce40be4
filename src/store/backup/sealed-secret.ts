/**
 * Seals server secrets by a passphrase, for a backup: scrypt derives the key, AES-256-GCM seals. The file is JSON with
 * every parameter in it, and the parameters are authenticated.
 */
import { createCipheriv, createDecipheriv, scryptSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { HalleyError } from '../../platform/errors.ts';
import type { RandomBytes } from '../../platform/random.ts';
import { reasonOf, unusableBackup } from './manifest.ts';

/** OWASP Password Storage Cheat Sheet: 128 MiB for a guess. */
const cost = { n: 131_072, r: 8, p: 1 } as const;
/** What a file may ask for: memory is 128 * n * r bytes. */
const memoryBytesMax = 1_073_741_824;

const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

export const passphraseCharsMin = 12;

const base64 = z.base64();
const headerSchema = z.object({
  format: z.literal(1),
  kdf: z.literal('scrypt'),
  n: z.int().min(2),
  r: z.int().min(1).max(64),
  p: z.int().min(1).max(16),
  salt: base64,
  cipher: z.literal('aes-256-gcm'),
  nonce: base64,
});
const fileSchema = headerSchema.extend({ tag: base64, sealed: base64 });
const secretsSchema = z.array(z.string().regex(/^[0-9a-f]{64}$/)).min(1);

type Header = z.infer<typeof headerSchema>;

/** @returns the text of the file */
export function sealSecrets(secrets: readonly Uint8Array[], passphrase: string, random: RandomBytes): string {
  const header: Header = {
    format: 1,
    kdf: 'scrypt',
    ...cost,
    salt: Buffer.from(random(saltBytes)).toString('base64'),
    cipher: 'aes-256-gcm',
    nonce: Buffer.from(random(nonceBytes)).toString('base64'),
  };
  const cipher = createCipheriv(header.cipher, keyOf(header, passphrase), decoded(header.nonce), {
    authTagLength: tagBytes,
  });
  cipher.setAAD(Buffer.from(JSON.stringify(header)));
  const text = JSON.stringify(secrets.map((secret) => Buffer.from(secret).toString('hex')));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const tag = cipher.getAuthTag().toString('base64');
  return `${JSON.stringify({ ...header, tag, sealed: sealed.toString('base64') }, null, 2)}\n`;
}

/**
 * @returns the secrets in the order in which they were sealed
 * @throws HalleyError('store_unavailable') when the file is damaged or the passphrase is another one
 */
export function openSecrets(path: string, passphrase: string): readonly Uint8Array[] {
  const { tag, sealed, ...header } = readSealed(path);
  const decipher = createDecipheriv(header.cipher, keyOf(header, passphrase), decoded(header.nonce), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(JSON.stringify(header)));
  decipher.setAuthTag(decoded(tag));
  try {
    const text = Buffer.concat([decipher.update(decoded(sealed)), decipher.final()]).toString('utf8');
    return secretsSchema.parse(JSON.parse(text)).map((secret) => new Uint8Array(Buffer.from(secret, 'hex')));
  } catch {
    throw unusableBackup(`The passphrase does not open ${path}. Give the one that the backup was made with.`);
  }
}

function readSealed(path: string): z.infer<typeof fileSchema> {
  try {
    const found = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    if (128 * found.n * found.r > memoryBytesMax) throw new Error('it asks for too much memory');
    return found;
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'it is damaged' : reasonOf(error);
    throw unusableBackup(`The sealed server secret ${path} cannot be read: ${reason}. Use another backup.`);
  }
}

/** One passphrase may be typed as several sequences of code points. */
function keyOf({ n, r, p, salt }: Header, passphrase: string): Uint8Array {
  const options = { N: n, r, p, maxmem: 2 * memoryBytesMax };
  try {
    return scryptSync(passphrase.normalize('NFC'), decoded(salt), keyBytes, options);
  } catch (error) {
    throw new HalleyError('store_unavailable', {
      message: `The key of the passphrase cannot be derived: ${reasonOf(error)}.`,
    });
  }
}

const decoded = (text: string): Buffer => Buffer.from(text, 'base64');
