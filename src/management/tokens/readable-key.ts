/** The check of keys that only ask about themselves. */
import { parseAuthorization } from '../../accounts/access-tokens.ts';
import { digestOf } from '../../keys/digest.ts';
import { parseKeyValue } from '../../keys/format.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { KeyWithAccount, StoreBase } from '../../store/store.ts';

type Keys = Pick<StoreBase, 'findKeyByDigest'>;

/**
 * Finds the key for reading: an expired or exhausted one may still be asked about.
 * @param value with or without `sk-`
 * @throws HalleyError('invalid_api_key') when it is missing, unknown, deleted or disabled; `account_disabled`
 */
export async function readableKey(store: Keys, value: string): Promise<KeyWithAccount> {
  const body = parseKeyValue(value);
  const found = body === undefined ? undefined : await store.findKeyByDigest(digestOf(body));
  if (found?.key.state !== 'enabled') throw new HalleyError('invalid_api_key');
  if (found.account.state !== 'enabled') throw new HalleyError('account_disabled');
  return found;
}

/** As `readableKey`, of the key in Authorization. */
export function readableKeyIn(store: Keys, authorization: string | undefined): Promise<KeyWithAccount> {
  return readableKey(store, parseAuthorization(authorization) ?? '');
}
