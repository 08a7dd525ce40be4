/** The digest a secret is known by where the secret itself is not kept. A plain hash is enough for 250 bits. */
import { hash } from 'node:crypto';

/** SHA-256, 32 bytes. For a key: of its body, the value without `sk-`. */
export function digestOf(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer');
}

/** A digest as a key for maps: one character per byte. Cheap and compact, but not fit for printing. */
export function digestText(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('latin1');
}
