/** Account administration under the rules of accounts/roles.ts. */
import type { z } from 'zod';
import { noPassword } from '../../accounts/passwords.ts';
import { requireManages, requireMayGive, requireNotRoot } from '../../accounts/roles.ts';
import { changedBudget } from '../../domain/budget.ts';
import { HalleyError } from '../../platform/errors.ts';
import {
  type AccountChange,
  type AccountFields,
  type AccountRow,
  type Role,
  roles,
} from '../../store/store.ts';
import { budgetChange } from '../budget-fields.ts';
import type { Confirm } from '../endpoint.ts';
import { isSentBack } from '../sent-back.ts';
import { nowSeconds, type Services } from '../services.ts';
import { fieldError } from '../validate.ts';
import { changeAccount } from './change.ts';
import type { CreateUserInput, revokedCredentialsSchema, UpdateUserInput } from './schemas.ts';

/** @throws HalleyError('no_such_record'), `forbidden` */
export async function managedAccount(services: Services, actor: AccountRow, id: number): Promise<AccountRow> {
  const target = await services.store.getAccount(id);
  if (!target) throw new HalleyError('no_such_record');
  requireManages(actor, target);
  return target;
}

/** @throws HalleyError('forbidden'); `refused` when the user name is taken */
export async function createUser(
  services: Services,
  confirm: Confirm,
  input: CreateUserInput,
): Promise<AccountRow> {
  const passwordHash = await services.passwords.hash(input.password);
  const { account: actor } = await confirm();
  const role = input.role ?? roles.user;
  requireMayGive(actor, role);
  const initial = services.settings.accounts.initial_quota;
  const row = await services.changes.insertAccount({
    username: input.username,
    displayName: input.display_name ?? input.username,
    email: input.email ?? '',
    role,
    state: 'enabled',
    group: input.group ?? 'default',
    quota: input.quota ?? Math.max(initial, 0),
    unlimitedQuota: input.unlimited_quota ?? (input.quota === undefined && initial === -1),
    passwordHash,
    accessTokenDigest: null,
    budget: changedBudget(null, budgetChange(input, null, services.settings.ledger.time_zone).budget),
    createdAt: nowSeconds(services),
  });
  if (row === 'username_taken') {
    throw new HalleyError('refused', { message: 'This user name is taken. Choose another.' });
  }
  if (role === roles.admin) services.counts.administratorMade();
  return row;
}

/** @throws HalleyError('no_such_record'), `forbidden`, `refused` */
export async function updateUser(
  services: Services,
  confirm: Confirm,
  input: UpdateUserInput,
): Promise<AccountRow> {
  const { role, status, username, display_name, email, group, quota, unlimited_quota, password } = input;
  const passwordHash = password && (await services.passwords.hash(password));
  const { account: actor } = await confirm();
  const target = await managedAccount(services, actor, input.id);
  if (password !== undefined && target.id === actor.id) {
    throw fieldError('password', 'of your own account is changed by PUT /api/user/self');
  }
  const balance = { left: target.quota, used: target.usedQuota };
  const fields: AccountChange = {
    ...(role !== undefined && roleChange(actor, target, role)),
    ...(status !== undefined && stateChange(target, status === 1 ? 'enabled' : 'disabled')),
    ...(username !== undefined && { username }),
    ...(display_name !== undefined && { displayName: display_name }),
    ...(email !== undefined && { email }),
    ...(group !== undefined && { group }),
    ...(quota !== undefined && !isSentBack(quota, input.used_quota, balance) && { quota }),
    ...(unlimited_quota !== undefined && { unlimitedQuota: unlimited_quota }),
    // A password reset may follow an intrusion, and the intruder may have created a token.
    ...(passwordHash !== undefined && { passwordHash, accessTokenDigest: null }),
    ...budgetChange(input, target.budget, services.settings.ledger.time_zone),
  };
  return changeAccount(services, target.id, fields, actor.id);
}

/** @throws HalleyError('no_such_record'), `forbidden` */
export async function setUserState(
  services: Services,
  actor: AccountRow,
  id: number,
  state: AccountRow['state'],
): Promise<AccountRow> {
  const target = await managedAccount(services, actor, id);
  return changeAccount(services, id, stateChange(target, state), actor.id);
}

/** @throws HalleyError('no_such_record'), `forbidden` */
export async function setUserRole(
  services: Services,
  actor: AccountRow,
  id: number,
  role: Role,
): Promise<AccountRow> {
  const target = await managedAccount(services, actor, id);
  return changeAccount(services, id, roleChange(actor, target, role), actor.id);
}

/** @throws HalleyError('no_such_record'), `forbidden` */
export async function deleteUser(services: Services, actor: AccountRow, id: number): Promise<void> {
  requireNotRoot(await managedAccount(services, actor, id));
  if (!(await services.accessChanges.deleteAccount(id))) throw new HalleyError('no_such_record');
}

/** @throws HalleyError('no_such_record'), `forbidden`; `refused` where it would lock the caller out */
export async function revokeCredentials(
  services: Services,
  actor: AccountRow,
  id: number,
): Promise<z.infer<typeof revokedCredentialsSchema>> {
  const target = await managedAccount(services, actor, id);
  if (target.id === actor.id && target.passwordHash === noPassword) {
    throw new HalleyError('refused', {
      message: 'Your account has no password, so you could no longer sign in to it. Set one first.',
    });
  }
  const revoked = await services.accessChanges.revokeCredentials(id);
  if (!revoked) throw new HalleyError('no_such_record');
  const { keyIds, accessToken, sessions } = revoked;
  return { keys: keyIds.length, access_token: accessToken, sessions };
}

/** Sending the current role back is no change, even for root. */
function roleChange(actor: AccountRow, target: AccountRow, role: Role): Partial<AccountFields> {
  if (role === target.role) return {};
  requireNotRoot(target);
  requireMayGive(actor, role);
  return { role };
}

function stateChange(target: AccountRow, state: AccountRow['state']): Partial<AccountFields> {
  if (state === target.state) return { state };
  requireNotRoot(target);
  return { state };
}
