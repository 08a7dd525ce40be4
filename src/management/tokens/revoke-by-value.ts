/** Deletes the key that a request carries: its holder may always revoke it. */
import { parseAuthorization } from '../../accounts/access-tokens.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import { HalleyError } from '../../platform/errors.ts';
import { originOf } from '../origin.ts';
import type { ManagementRequest } from '../request.ts';
import type { Services } from '../services.ts';
import { confirmDeleted } from './missing-key.ts';

/**
 * @returns the tombstone of a key that was already deleted
 * @throws HalleyError('invalid_api_key') when the value is missing or never was a key
 */
export async function revokeByValue(
  services: Services,
  request: ManagementRequest,
): Promise<Tombstone | undefined> {
  const { store, log, keyValues } = services;
  const digest = await keyValues.digestOf(parseAuthorization(request.headers.authorization) ?? '');
  if (digest === undefined) throw new HalleyError('invalid_api_key');
  const found = await store.findKeyByDigest(digest);
  if (found) {
    const { id, accountId } = found.key;
    const { accessChanges } = services.acting(originOf(request, found.account, 'api_key', digest));
    const deleted = await accessChanges.deleteKeys(accountId, [id]);
    if (deleted.length > 0) {
      log.info({ key_id: id, account_id: accountId, address: request.clientAddress }, 'a key ended itself');
      return undefined;
    }
  }
  const tombstone = await store.tombstones.ofKey(digest);
  if (!tombstone) throw new HalleyError('invalid_api_key');
  await confirmDeleted(services, tombstone);
  return tombstone;
}
