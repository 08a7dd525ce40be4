/** Error for a missing key; callers that may know it also learn when it was deleted. */
import type { Tombstone } from '../../domain/tombstone.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { AccountRow } from '../../store/store.ts';
import type { Services } from '../services.ts';

/** For a script that has lost the answer of its DELETE. */
export const deletedAtHeader = 'x-halley-already-deleted';

/** The time of a deletion as that header has it: `2027-01-15T08:00:00Z`. */
export function deletedAtHeaders({ deletedAt }: Tombstone): Readonly<Record<string, string>> {
  return { [deletedAtHeader]: new Date(deletedAt * 1000).toISOString().replace('.000Z', 'Z') };
}

/** The error for a key that its owner does not have: the same as for one that never was, but for the header. */
export async function missingKey(services: Services, accountId: number, id: number): Promise<HalleyError> {
  return missing(services, await services.store.tombstones.ofKeys(accountId, [id]));
}

/** As `missingKey`, for a key that an administrator does not manage. */
export async function missingManagedKey(
  services: Services,
  actor: AccountRow,
  id: number,
): Promise<HalleyError> {
  return missing(services, await services.store.tombstones.ofManagedKeys(actor, [id]));
}

async function missing(services: Services, [tombstone]: readonly Tombstone[]): Promise<HalleyError> {
  if (!tombstone) return new HalleyError('no_such_record');
  await confirmDeleted(services, tombstone);
  return new HalleyError('no_such_record', { headers: deletedAtHeaders(tombstone) });
}

/**
 * Resolves when a deletion that is committed holds on every node: its own answer may not have come yet, or never.
 * @throws HalleyError('store_unavailable') when it is not certain
 */
export async function confirmDeleted({ rights }: Services, { accountId, id }: Tombstone): Promise<void> {
  if (accountId !== null) await rights.deleteKeys(accountId, [id]);
}
