/** Ed25519 signatures of receipts: making keys, signing, and verifying with public keys alone. */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson, type ReceiptSignature, receiptType, type SignedReceipt } from '../domain/receipt.ts';
import type { RandomBytes } from '../platform/random.ts';

const seedBytes = 32;
/** PKCS #8 of an Ed25519 key (RFC 8410), up to its 32 bytes. */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex');
const keyIdDigits = 16;

/** A key as it is made. */
export interface ReceiptKeyPair {
  readonly keyId: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes in hexadecimal: the private part. */
  readonly seed: string;
}

/** A public key as a member of a JSON Web Key Set (RFC 8037). */
export interface PublicReceiptKey {
  readonly kid: string;
  /** 32 bytes in base64url. */
  readonly x: string;
}

export function makeReceiptKey(random: RandomBytes): ReceiptKeyPair {
  const seed = Buffer.from(random(seedBytes)).toString('hex');
  const { x = '' } = createPublicKey(privateKey(seed)).export({ format: 'jwk' });
  const publicKey = new Uint8Array(Buffer.from(x, 'base64url'));
  return { keyId: keyIdOf(publicKey), publicKey, seed };
}

/** The start of the SHA-256 of the public key, in hexadecimal. */
function keyIdOf(publicKey: Uint8Array): string {
  return hash('sha256', publicKey, 'hex').slice(0, keyIdDigits);
}

function privateKey(seed: string): KeyObject {
  const key = Buffer.concat([pkcs8Start, Buffer.from(seed, 'hex')]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/**
 * @param document canonical JSON
 * @param seed the private part, in hexadecimal
 * @returns 64 bytes
 */
export function signDocument(document: string, seed: string): Uint8Array {
  return new Uint8Array(sign(null, Buffer.from(document), privateKey(seed)));
}

/** The signature as a member of a receipt that is handed out. */
export function signatureOf(keyId: string, signature: Uint8Array): ReceiptSignature {
  return { algorithm: 'Ed25519', key_id: keyId, value: Buffer.from(signature).toString('base64url') };
}

/** What is wrong with a signature; undefined = nothing. */
export type SignatureFault = 'unsigned' | 'unknown_key' | 'altered';

/**
 * Checks that the receipt is exactly what one of the keys has signed.
 * @throws Error when a key is none of Ed25519
 */
export function verifyReceipt(
  { receipt, signature }: SignedReceipt,
  keys: readonly PublicReceiptKey[],
): SignatureFault | undefined {
  if (!signature) return 'unsigned';
  const key = keys.find(({ kid }) => kid === signature.key_id);
  if (!key) return 'unknown_key';
  // Read from a file, either may be anything.
  if (receipt.type !== receiptType || typeof signature.value !== 'string') return 'altered';
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.x }, format: 'jwk' });
  const bytes = Buffer.from(signature.value, 'base64url');
  return verify(null, Buffer.from(canonicalJson(receipt)), publicKey, bytes) ? undefined : 'altered';
}
