/** The upstream keys of a channel, and the credentials for its proxy, on their way into and out of the store. */
import { openSealed, seal } from '../../keys/seal.ts';
import type { RandomBytes } from '../../platform/random.ts';

const context = Buffer.from('channel keys');
const proxyContext = Buffer.from('channel proxy');

/** @returns null when there is nothing to seal */
export function sealChannelKeys(
  secret: Uint8Array,
  random: RandomBytes,
  keys: readonly string[],
): Uint8Array | null {
  return keys.length === 0 ? null : seal(secret, random, JSON.stringify(keys), context);
}

/** @throws HalleyError('internal_error') when they were sealed under another secret */
export function openChannelKeys(secret: Uint8Array, sealed: Uint8Array | null): string[] {
  if (sealed === null) return [];
  const keys: unknown = JSON.parse(openSealed(secret, sealed, context));
  return Array.isArray(keys) ? keys.map(String) : [];
}

/** @param credentials user name and password, joined by a colon */
export function sealProxyAuth(secret: Uint8Array, random: RandomBytes, credentials: string): Uint8Array {
  return seal(secret, random, credentials, proxyContext);
}

/** @throws HalleyError('internal_error') when they were sealed under another secret */
export function openProxyAuth(secret: Uint8Array, sealed: Uint8Array | null): string | undefined {
  return sealed === null ? undefined : openSealed(secret, sealed, proxyContext);
}
