/** The rights of a race, the calls that revoke them, and the calls that give two of them back. */
import { createAccount, type TestAccount } from '../support/accounts.ts';
import { dataOf } from '../support/gateway.ts';
import type { Asked } from './connection.ts';
import type { Fleet } from './fleet.ts';

/** The name of the right that is never revoked. */
export const control = 'control';

export interface Contest {
  /** Keys by the name of their right: deleted, disabled, narrowed, account, control. */
  readonly keys: ReadonlyMap<string, string>;
  readonly ids: ReadonlyMap<string, number>;
  readonly account: TestAccount;
}

/** For each fleet, an account that is repeatedly disabled. */
const accounts = new WeakMap<Fleet, Promise<TestAccount>>();

export async function prepareContest(fleet: Fleet): Promise<Contest> {
  const { gateway } = fleet.node(0);
  const known = accounts.get(fleet) ?? createAccount(gateway, 'somebody');
  accounts.set(fleet, known);
  const account = await known;
  fleet.secret(account.token);
  // A failed race may have left it disabled.
  dataOf(await gateway.call('POST', '/api/user/manage', { body: { id: account.id, action: 'enable' } }));
  const made = new Map<string, { readonly id: number; readonly value: string }>();
  for (const right of ['deleted', 'disabled', 'narrowed', control]) {
    made.set(right, await fleet.createKey());
  }
  const body = { name: 'theirs', unlimited_quota: true };
  const { id, key } = dataOf(await gateway.call('POST', '/api/token/', { body, token: account.token }));
  made.set('account', { id: Number(id), value: String(key) });
  fleet.secret(String(key));
  return {
    keys: new Map([...made].map(([right, { value }]) => [right, value])),
    ids: new Map([...made].map(([right, each]) => [right, each.id])),
    account,
  };
}

function put({ ids }: Contest, right: string, fields: object, credential: string): Asked {
  return { method: 'PUT', path: '/api/token/', credential, body: { id: ids.get(right), ...fields } };
}

function manage({ account }: Contest, action: 'enable' | 'disable', credential: string): Asked {
  return { method: 'POST', path: '/api/user/manage', credential, body: { id: account.id, action } };
}

/**
 * Returns the revoking calls by right.
 * @param token of an administrator who owns the keys
 */
export function revoking(contest: Contest, token: string): ReadonlyMap<string, Asked> {
  const path = `/api/token/${contest.ids.get('deleted')}`;
  const narrow = { model_limits_enabled: true, model_limits: 'other-model' };
  return new Map([
    ['deleted', { method: 'DELETE', path, credential: token }],
    ['disabled', put(contest, 'disabled', { status: 2 }, token)],
    ['narrowed', put(contest, 'narrowed', narrow, token)],
    ['account', manage(contest, 'disable', token)],
  ]);
}

export function restoring(contest: Contest, token: string): ReadonlyMap<string, Asked> {
  return new Map([
    ['disabled', put(contest, 'disabled', { status: 1 }, token)],
    ['account', manage(contest, 'enable', token)],
  ]);
}
