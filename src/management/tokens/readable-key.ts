/** The check of keys that only ask about themselves. */
import { parseAuthorization } from '../../accounts/access-tokens.ts';
import { digestOf } from '../../keys/digest.ts';
import { parseKeyValue } from '../../keys/format.ts';
import { parseIpList } from '../../keys/ip-list.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { KeyWithAccount, StoreBase } from '../../store/store.ts';
import type { ManagementRequest } from '../request.ts';

type Keys = Pick<StoreBase, 'findKeyByDigest'>;

/**
 * Finds the key for reading: an expired or exhausted one may still be asked about.
 * @param value with or without `sk-`
 * @throws HalleyError('invalid_api_key') when it is missing, unknown, deleted or disabled; `ip_not_allowed`;
 * `account_disabled`
 */
export async function readableKey(
  store: Keys,
  value: string,
  { clientAddress }: Pick<ManagementRequest, 'clientAddress'>,
): Promise<KeyWithAccount> {
  const body = parseKeyValue(value);
  const found = body === undefined ? undefined : await store.findKeyByDigest(digestOf(body));
  if (found?.key.state !== 'enabled') throw new HalleyError('invalid_api_key');
  const addresses = parseIpList(found.key.allowIps ?? '');
  if (addresses && !addresses.matches(clientAddress)) throw new HalleyError('ip_not_allowed');
  if (found.account.state !== 'enabled') throw new HalleyError('account_disabled');
  return found;
}

/** As `readableKey`, of the key in Authorization. */
export function readableKeyIn(
  store: Keys,
  request: Pick<ManagementRequest, 'clientAddress' | 'headers'>,
): Promise<KeyWithAccount> {
  return readableKey(store, parseAuthorization(request.headers.authorization) ?? '', request);
}
