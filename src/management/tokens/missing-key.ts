/** Error for a missing key; callers that may know it also learn when it was deleted. */
import type { Tombstone } from '../../domain/tombstone.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { AccountRow } from '../../store/store.ts';
import type { Services } from '../services.ts';

/** For scripts that lost the response to their DELETE. */
const deletedAtHeader = 'x-halley-already-deleted';

/** Formats the time of a deletion for that header: `2027-01-15T08:00:00Z`. */
export function deletedAtHeaders({ deletedAt }: Tombstone): Readonly<Record<string, string>> {
  return { [deletedAtHeader]: new Date(deletedAt * 1000).toISOString().replace('.000Z', 'Z') };
}

/**
 * The error for a key that its owner does not have. Apart from the header it equals the error for a key that never
 * existed.
 */
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
 * Resolves when a committed deletion holds on every node. The DELETE itself may not have responded yet, or may
 * never respond.
 * @throws HalleyError('store_unavailable') when that cannot be confirmed
 */
export async function confirmDeleted(
  { accessChanges }: Services,
  { accountId, id }: Tombstone,
): Promise<void> {
  if (accountId !== null) await accessChanges.deleteKeys(accountId, [id]);
}
