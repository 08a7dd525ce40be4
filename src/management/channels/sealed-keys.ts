/** Seals and opens a channel's upstream keys and proxy credentials. */
import { openSealed, seal } from '../../domain/seal.ts';
import { channelKeysContext, channelProxyContext } from '../../domain/seal-contexts.ts';
import type { SecretRing } from '../../domain/secret-ring.ts';
import type { RandomBytes } from '../../platform/random.ts';

/** @returns null when there is nothing to seal */
export function sealChannelKeys(
  secrets: SecretRing,
  random: RandomBytes,
  keys: readonly string[],
): Uint8Array | null {
  return keys.length === 0 ? null : seal(secrets, random, JSON.stringify(keys), channelKeysContext);
}

/** @throws HalleyError('internal_error') when the keys were sealed under an unknown secret */
export function openChannelKeys(secrets: SecretRing, sealed: Uint8Array | null): string[] {
  if (sealed === null) return [];
  const keys: unknown = JSON.parse(openSealed(secrets, sealed, channelKeysContext));
  return Array.isArray(keys) ? keys.map(String) : [];
}

/** @param credentials user name and password, joined by a colon */
export function sealProxyAuth(secrets: SecretRing, random: RandomBytes, credentials: string): Uint8Array {
  return seal(secrets, random, credentials, channelProxyContext);
}

/** @throws HalleyError('internal_error') when the credentials were sealed under an unknown secret */
export function openProxyAuth(secrets: SecretRing, sealed: Uint8Array | null): string | undefined {
  return sealed === null ? undefined : openSealed(secrets, sealed, channelProxyContext);
}
