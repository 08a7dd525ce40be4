/**
 * Secrets that must be read again, sealed under the server secret with AES-256-GCM. What is sealed for one
 * context (for a key: its digest) cannot be opened in another, so rows cannot be swapped in the database.
 * Layout: version (1 byte), nonce (12), tag (16), ciphertext.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { HalleyError } from '../platform/errors.ts';
import type { RandomBytes } from '../platform/random.ts';

export const serverSecretBytes = 32;

const algorithm = 'aes-256-gcm';
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes + tagBytes;

/**
 * @param secret the server secret, 32 bytes
 * @param context what the sealed value belongs to; the same must be given to open it
 */
export function seal(secret: Uint8Array, random: RandomBytes, text: string, context: Uint8Array): Uint8Array {
  const nonce = random(nonceBytes);
  const cipher = createCipheriv(algorithm, secret, nonce, { authTagLength: tagBytes });
  cipher.setAAD(boundTo(context));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([Uint8Array.of(version), nonce, cipher.getAuthTag(), ciphertext]);
}

/** @throws HalleyError('internal_error') saying for the log which of the ways to be unreadable it is */
export function openSealed(secret: Uint8Array, sealed: Uint8Array, context: Uint8Array): string {
  if (sealed[0] !== version) throw unreadable(`its version is ${sealed[0] ?? 'missing'}, not ${version}`);
  if (sealed.byteLength < headBytes) throw unreadable(`it is cut short to ${sealed.byteLength} bytes`);
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv(algorithm, secret, nonce, { authTagLength: tagBytes });
  decipher.setAAD(boundTo(context));
  decipher.setAuthTag(sealed.subarray(1 + nonceBytes, headBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(headBytes)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw unreadable('it was sealed under another server secret, belongs elsewhere, or was altered', cause);
  }
}

function boundTo(context: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(version), context]);
}

function unreadable(why: string, cause?: unknown): HalleyError {
  return new HalleyError('internal_error', {
    message: 'A stored secret cannot be read. Ask the operator to check that the server secret is unchanged.',
    log: `a sealed value cannot be opened: ${why}`,
    cause,
  });
}
