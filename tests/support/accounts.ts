/** Accounts of a running gateway besides root, as an administrator makes them. */
import type { Gateway, TestKey } from './gateway.ts';
import { dataOf } from './gateway.ts';

export interface TestAccount {
  readonly id: number;
  readonly token: string;
  /** A key of the account's, unlimited unless said otherwise. */
  createKey(fields?: Readonly<Record<string, unknown>>): Promise<TestKey>;
}

/** Makes an account with an access token of its own. */
export async function createAccount(
  gateway: Gateway,
  username: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<TestAccount> {
  const password = `password of ${username}`;
  const body = { username, password, ...fields };
  const { id } = dataOf(await gateway.call('POST', '/api/user/', { body }));
  const login = await gateway.call('POST', '/api/user/login', {
    token: undefined,
    body: { username, password },
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const headers = { cookie, origin: gateway.url };
  const answer = await gateway.call('GET', '/api/user/token', { token: undefined, headers });
  const token = String(answer.json?.data);
  gateway.secret(token);
  return {
    id: Number(id),
    token,
    async createKey(keyFields = {}) {
      const key = { name: 'test', unlimited_quota: true, ...keyFields };
      const made = dataOf(await gateway.call('POST', '/api/token/', { token, body: key }));
      const value = String(made.key);
      gateway.secret(value);
      return { id: Number(made.id), value };
    },
  };
}
