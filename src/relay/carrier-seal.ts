/** Seals what a client carries for the provider of a target. */
import { upstreamName } from '../protocols/translate/carrier-seal.ts';
import type { CarrierSeal } from '../protocols/translate/parts.ts';
import type { UpstreamTarget } from '../upstreams/upstreams.ts';

export function sealFor(
  keys: CarrierSeal['keys'],
  accountId: number,
  { origin, key }: Pick<UpstreamTarget, 'origin' | 'key'>,
): CarrierSeal {
  return {
    keys,
    owner: String(accountId),
    // Most requests carry nothing, and never need it.
    get upstream() {
      return upstreamName(keys[0], origin, key);
    },
  };
}
