/** Authenticates keys that only query themselves. */
import { parseAuthorization } from '../../accounts/access-tokens.ts';
import { parseIpList } from '../../domain/ip-list.ts';
import type { KeyRow } from '../../domain/key.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { KeyWithAccount } from '../../store/store.ts';
import type { LongReads } from '../long-reads.ts';
import type { ManagementRequest } from '../request.ts';
import type { Services } from '../services.ts';

type Keys = Pick<Services, 'store' | 'noteUnknownKey' | 'keyValues'>;

/**
 * Finds the key for reading: expired and exhausted keys may still be queried.
 * @param value with or without `sk-`
 * @throws HalleyError('invalid_api_key') when it is missing, unknown, deleted or disabled; `ip_not_allowed`;
 * `account_disabled`
 */
export async function readableKey(
  { store, noteUnknownKey, keyValues }: Keys,
  value: string,
  { clientAddress }: Pick<ManagementRequest, 'clientAddress'>,
): Promise<KeyWithAccount> {
  const digest = await keyValues.digestOf(value);
  if (digest === undefined) throw new HalleyError('invalid_api_key');
  const found = await store.findKeyByDigest(digest);
  if (!found) noteUnknownKey(digest, clientAddress);
  if (found?.key.state !== 'enabled') throw new HalleyError('invalid_api_key');
  const addresses = parseIpList(found.key.allowIps ?? '');
  if (addresses && !addresses.matches(clientAddress)) throw new HalleyError('ip_not_allowed');
  if (found.account.state !== 'enabled') throw new HalleyError('account_disabled');
  return found;
}

/** As `readableKey`, for the key in the Authorization header. */
export function readableKeyIn(
  services: Keys,
  request: Pick<ManagementRequest, 'clientAddress' | 'headers'>,
): Promise<KeyWithAccount> {
  return readableKey(services, parseAuthorization(request.headers.authorization) ?? '', request);
}

/** The long reads of a caller that has shown this key: those of its account. */
export function readsOfKey(
  { readsOf }: Pick<Services, 'readsOf'>,
  { accountId }: Pick<KeyRow, 'accountId'>,
  request: Pick<ManagementRequest, 'isGone'>,
): LongReads {
  return readsOf(`account ${accountId}`, request);
}
