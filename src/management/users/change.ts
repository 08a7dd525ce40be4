/** Changes accounts through the access revocation service. */
import { HalleyError } from '../../platform/errors.ts';
import type { AccountChange, AccountRow } from '../../store/store.ts';
import type { Caller } from '../authenticate.ts';
import type { Services } from '../services.ts';

/**
 * @param actorId the account that makes the change
 * @throws HalleyError('refused') when the user name is taken; `no_such_record` when the account is gone
 */
export async function changeAccount(
  services: Services,
  id: number,
  fields: AccountChange,
  actorId: number,
): Promise<AccountRow> {
  const row = await services.accessChanges.updateAccount(id, fields, actorId);
  if (row === undefined) throw new HalleyError('no_such_record');
  if (row === 'username_taken') {
    throw new HalleyError('refused', { message: 'This user name is taken. Choose another.' });
  }
  return row;
}

/**
 * Changes the caller's own account, unless the presented credential was revoked meanwhile.
 * @throws HalleyError('unauthorized')
 */
export async function changeSelf(
  services: Services,
  { account, credential }: Pick<Caller, 'account' | 'credential'>,
  fields: Omit<AccountChange, 'username'>,
): Promise<AccountRow> {
  const row = await services.accessChanges.updateAccount(account.id, fields, account.id, credential);
  if (row === undefined || row === 'username_taken') throw new HalleyError('unauthorized');
  return row;
}
