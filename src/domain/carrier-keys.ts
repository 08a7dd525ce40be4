/** The keys that seal what clients carry for providers, one for each server secret. */
import { hash } from 'node:crypto';
import type { SecretRing } from './secret-ring.ts';

/** The current one first. They say nothing of the secrets. */
export function carrierKeys({ current, known }: SecretRing): readonly [string, ...string[]] {
  const keyOf = (secret: typeof current) =>
    hash('sha256', Buffer.concat([Buffer.from('halley carrier\n'), secret.bytes]), 'base64url');
  return [keyOf(current), ...known.filter((each) => each !== current).map(keyOf)];
}
