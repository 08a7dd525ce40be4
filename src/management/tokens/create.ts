/** Creates a key with a new value. */
import { digestOf } from '../../domain/digest.ts';
import { keyHint, makeKeyValue } from '../../domain/format.ts';
import type { KeyFields, KeyRow } from '../../domain/key.ts';
import { seal } from '../../domain/seal.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { Credential } from '../../store/store.ts';
import { nowSeconds, type Services } from '../services.ts';

export interface CreatedKey {
  readonly row: KeyRow;
  /** With `sk-`. */
  readonly value: string;
}

/** Services required to create a key. */
export type KeyMaker = Pick<Services, 'clock' | 'random' | 'settings' | 'secrets'> & {
  readonly accessChanges: Pick<Services['accessChanges'], 'insertKey'>;
};

/**
 * @param credential of the caller: undefined = the gateway itself
 * @throws HalleyError('refused') when the account has reached its maximum of keys; `unauthorized` when the account
 * is gone or the credential is no longer valid
 */
export async function createKey(
  maker: KeyMaker,
  accountId: number,
  fields: KeyFields,
  credential?: Credential,
): Promise<CreatedKey> {
  const { accessChanges, random, settings, secrets } = maker;
  const { value, body } = makeKeyValue(random);
  const digest = digestOf(body);
  const sealed = settings.keys.reveal === 'once' ? null : seal(secrets, random, value, digest);
  const row = await accessChanges.insertKey(
    { ...fields, accountId, digest, sealed, hint: keyHint(body), createdAt: nowSeconds(maker) },
    settings.keys.per_account_max,
    credential,
  );
  switch (row) {
    case 'account_full':
      throw new HalleyError('refused', {
        message: `An account may have ${settings.keys.per_account_max} keys. Delete some first.`,
      });
    case 'no_account':
      throw new HalleyError('unauthorized');
    case 'digest_taken':
      // 250 random bits do not repeat. The source of randomness is broken and must not be used again.
      throw new HalleyError('internal_error', { log: 'a freshly made key value already exists' });
    default:
      return { row, value };
  }
}
