/**
 * Key management by administrators for accounts of lower roles. Any other account's key looks as if it did not
 * exist.
 */
import type { AccountRow, KeyWithAccount, Page, PageQuery } from '../../store/store.ts';
import type { Services } from '../services.ts';
import { fieldError } from '../validate.ts';
import { missingManagedKey } from './missing-key.ts';
import type { ManagedSearch } from './schemas.ts';
import { requireNarrow } from './search.ts';

/** @throws HalleyError('refused') for a pattern that is too broad; `invalid_value` */
export async function searchManaged(
  { reads, keyValues }: Services,
  actor: AccountRow,
  { key, digest, name, user_id }: ManagedSearch,
  page: PageQuery,
): Promise<Page<KeyWithAccount>> {
  if (key !== undefined && digest !== undefined) throw fieldError('digest', 'cannot go with "key": send one');
  if (name !== undefined) requireNarrow(name);
  const ofValue = key === undefined ? undefined : await keyValues.digestOf(key);
  // A malformed value belongs to no key.
  if (key !== undefined && ofValue === undefined) return { total: 0, items: [] };
  const given = digest === undefined ? undefined : new Uint8Array(Buffer.from(digest, 'hex'));
  const query = { name, digest: ofValue ?? given, accountId: user_id };
  return reads.searchManagedKeys(actor, query, page);
}

/** The keys among the ids that the actor may manage. */
export async function managedKeys(
  { store }: Services,
  actor: AccountRow,
  ids: readonly number[],
): Promise<readonly KeyWithAccount[]> {
  return store.findManagedKeys(actor, ids);
}

/** @throws HalleyError('no_such_record'), with the time of deletion for a deleted key */
export async function managedKey(services: Services, actor: AccountRow, id: number): Promise<KeyWithAccount> {
  const [found] = await managedKeys(services, actor, [id]);
  if (!found) throw await missingManagedKey(services, actor, id);
  return found;
}

/**
 * Deletes the keys that the actor may manage. Ids deleted earlier are passed along, so that the call also waits for
 * deletions that are not confirmed yet.
 * @param changesOfOwner makes the writes to the keys of one account
 * @returns the ids of those that were deleted
 */
export async function deleteManaged(
  services: Services,
  actor: AccountRow,
  ids: readonly number[],
  changesOfOwner: () => Services['accessChanges'] = () => services.accessChanges,
): Promise<readonly number[]> {
  const alive = (await managedKeys(services, actor, ids)).map(({ key }) => key);
  const left = ids.filter((id) => !alive.some((key) => key.id === id));
  const gone = left.length === 0 ? [] : await services.store.tombstones.ofManagedKeys(actor, left);
  const byOwner = Map.groupBy([...alive, ...gone], ({ accountId }) => accountId ?? 0);
  const deletions = [...byOwner].map(([ownerId, keys]) =>
    changesOfOwner().deleteKeys(
      ownerId,
      keys.map(({ id }) => id),
    ),
  );
  const deleted = await Promise.all(deletions);
  return deleted.flat();
}
