/**
 * Secrets that must be read again, sealed under a server secret with AES-256-GCM. What is sealed for one
 * context (for a key: its digest) cannot be opened in another, so rows cannot be swapped in the database.
 * Layout: version (1 byte), id of the server secret (8), nonce (12), tag (16), ciphertext. Version 1 has no id: it is
 * tried with every secret that is known, which authentication makes safe.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { HalleyError } from '../platform/errors.ts';
import type { RandomBytes } from '../platform/random.ts';
import { type SecretRing, type ServerSecret, secretIdBytes } from './secret-ring.ts';

const algorithm = 'aes-256-gcm';
const version = 2;
const versionWithoutId = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** How many bytes tell under which secret, and in which version, something was sealed. */
export const sealPrefixBytes = 1 + secretIdBytes;

/** What every text begins with that is sealed under this secret from now on. */
export function sealPrefix(secret: ServerSecret): Uint8Array {
  return new Uint8Array(Buffer.concat([Uint8Array.of(version), secret.id]));
}

/**
 * Seals under the current secret of the ring.
 * @param context what the sealed value belongs to; the same must be given to open it
 */
export function seal(ring: SecretRing, random: RandomBytes, text: string, context: Uint8Array): Uint8Array {
  const prefix = sealPrefix(ring.current);
  const nonce = random(nonceBytes);
  const cipher = createCipheriv(algorithm, ring.current.bytes, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.concat([prefix, context]));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([prefix, nonce, cipher.getAuthTag(), ciphertext]);
}

/**
 * Opens with whichever secret of the ring it was sealed under.
 * @throws HalleyError('internal_error') saying for the log which of the ways to be unreadable it is
 */
export function openSealed(ring: SecretRing, sealed: Uint8Array, context: Uint8Array): string {
  const secrets = secretsFor(ring, sealed);
  const prefixBytes = sealed[0] === version ? sealPrefixBytes : 1;
  const tagAt = prefixBytes + nonceBytes;
  if (sealed.byteLength < tagAt + tagBytes) throw unreadable(`it is cut short to ${sealed.byteLength} bytes`);
  let cause: unknown;
  for (const { bytes } of secrets) {
    const decipher = createDecipheriv(algorithm, bytes, sealed.subarray(prefixBytes, tagAt), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.concat([sealed.subarray(0, prefixBytes), context]));
    decipher.setAuthTag(sealed.subarray(tagAt, tagAt + tagBytes));
    try {
      const text = Buffer.concat([decipher.update(sealed.subarray(tagAt + tagBytes)), decipher.final()]);
      return text.toString('utf8');
    } catch (error) {
      cause = error;
    }
  }
  throw unreadable('it was sealed under another server secret, belongs elsewhere, or was altered', cause);
}

/** Those that it may have been sealed under. */
function secretsFor({ known }: SecretRing, sealed: Uint8Array): readonly ServerSecret[] {
  if (sealed[0] === versionWithoutId) return known;
  if (sealed[0] !== version) throw unreadable(`its version is ${sealed[0] ?? 'missing'}`);
  const id = sealed.subarray(1, sealPrefixBytes);
  return known.filter((secret) => Buffer.compare(secret.id, id) === 0);
}

function unreadable(why: string, cause?: unknown): HalleyError {
  return new HalleyError('internal_error', {
    message: 'A stored secret cannot be read. Ask the operator to check that the server secret is unchanged.',
    log: `a sealed value cannot be opened: ${why}`,
    cause,
  });
}
