/** For each endpoint that changes something: a call that succeeds with the entries that it leaves, and one that fails. */
import { digestOf } from '../../src/domain/digest.ts';
import { aJob } from '../../src/store/contract/a-job.ts';
import { createAccount, createKey, dataOf, type Rig, signIn } from './rig.ts';

export type Call = readonly [path: string, body?: unknown];

/** Of an endpoint: a call that succeeds with the entries it leaves, and one that fails. */
export interface Case {
  readonly succeeds: Call;
  readonly leaves: readonly string[];
  readonly fails?: Call;
  /** Null = none, which fails; undefined = root's access token. */
  readonly token?: string;
  readonly cookie?: string;
  /** Entries are written after the response. */
  readonly isLater?: true;
  /** The response is one JSON object a line. */
  readonly isLines?: true;
  /** The response reports a failure of the upstream, after the gateway did what it should. */
  readonly reports?: true;
}

const newUser = { username: 'audited', password: 'a password for audits' };
const price = { models: [{ id: 'audited-model', input: '1', output: '2' }] };
export const channel = {
  name: 'c',
  base_url: 'demo:',
  protocols: ['openai'],
  models: ['demo-chat'],
  keys: ['upstream-secret-key'],
};
const nobody = 999_999;

/** Makes what each call works on, so that the order of the calls does not matter. */
export async function cases(rig: Rig): Promise<Readonly<Record<string, () => Promise<Case>>>> {
  const key = async () => (await createKey(rig)).id;
  const account = () => createAccount(rig);
  const channelId = async () => Number(dataOf(await rig.call('POST', '/api/channel', { body: channel })).id);
  const setPrice = (id: string) =>
    rig.call('PUT', '/api/price', { body: { models: [{ id, input: '1', output: '2' }] } });
  return {
    'POST /api/import': async () => ({
      succeeds: ['/api/import', { items: [{ type: 'account', username: 'imported' }] }],
      leaves: ['created account ?'],
      fails: ['/api/import', { items: [] }],
    }),
    'POST /api/export': async () => {
      await channelId();
      const listed = dataOf(await rig.call('GET', '/api/channel?page_size=100'));
      const channels = listed.items as readonly { readonly id: number; readonly has_keys: boolean }[];
      return {
        succeeds: ['/api/export', { type: 'channel', secrets: true }],
        leaves: channels.filter(({ has_keys }) => has_keys).map(({ id }) => `revealed channel ${id}`),
        fails: ['/api/export', { type: 'key', after: 'x' }],
      };
    },
    'POST /api/token': async () => ({
      succeeds: ['/api/token', { name: 'n' }],
      leaves: ['created key ?'],
      fails: ['/api/token', { name: 7 }],
    }),
    'PUT /api/token': async () => {
      const id = await key();
      return {
        succeeds: ['/api/token', { id, name: 'other' }],
        leaves: [`updated key ${id}`],
        fails: ['/api/token', { id: nobody, name: 'x' }],
      };
    },
    'POST /api/task/{id}/resolve': async () => {
      const job = aJob({ accountId: 1, keyId: await key() });
      const id = await rig.store.jobs.insert(job);
      await rig.store.jobs.hold(id, 'no answer');
      const path = `/api/task/${job.publicId}/resolve`;
      return {
        succeeds: [path, { as: 'failed' }],
        leaves: [`updated job ${id}`],
        fails: [path, { as: 'succeeded' }],
      };
    },
    'POST /api/token/batch': async () => {
      const ids = [await key(), await key()];
      return {
        succeeds: ['/api/token/batch', { ids }],
        leaves: ids.map((id) => `deleted key ${id}`),
        fails: ['/api/token/batch', { ids: [] }],
      };
    },
    'POST /api/token/batch/keys': async () => {
      const ids = [await key(), await key()];
      return {
        succeeds: ['/api/token/batch/keys', { ids }],
        leaves: ids.map((id) => `revealed key ${id}`),
        fails: ['/api/token/batch/keys', {}],
      };
    },
    'POST /api/token/batch/status': async () => {
      const ids = [await key(), await key()];
      return {
        succeeds: ['/api/token/batch/status', { ids, status: 2 }],
        leaves: ids.map((id) => `updated key ${id}`),
        fails: ['/api/token/batch/status', {}],
      };
    },
    'POST /api/token/deletion': async () => {
      const id = await key();
      return {
        succeeds: ['/api/token/deletion', { ids: [id] }],
        leaves: [`deleted key ${id}`],
        fails: ['/api/token/deletion', { ids: [nobody] }],
        isLines: true,
      };
    },
    'DELETE /api/token/{id}': async () => {
      const id = await key();
      return {
        succeeds: [`/api/token/${id}`],
        leaves: [`deleted key ${id}`],
        fails: [`/api/token/${nobody}`],
      };
    },
    'POST /api/token/{id}/key': async () => {
      const id = await key();
      return {
        succeeds: [`/api/token/${id}/key`],
        leaves: [`revealed key ${id}`],
        fails: [`/api/token/${nobody}/key`],
      };
    },
    // A search, which has its value in a body.
    'POST /api/admin/token/search': async () => ({
      succeeds: ['/api/admin/token/search', { name: 'n' }],
      leaves: [],
    }),
    'PUT /api/admin/token': async () => {
      const id = await key();
      return {
        succeeds: ['/api/admin/token', { id, status: 2 }],
        leaves: [`updated key ${id}`],
        fails: ['/api/admin/token', { id: nobody, status: 2 }],
      };
    },
    'POST /api/admin/token/batch': async () => {
      const id = await key();
      return {
        succeeds: ['/api/admin/token/batch', { ids: [id, nobody] }],
        leaves: [`deleted key ${id}`],
        fails: ['/api/admin/token/batch', { ids: [] }],
      };
    },
    'DELETE /api/admin/token/{id}': async () => {
      const id = await key();
      return {
        succeeds: [`/api/admin/token/${id}`],
        leaves: [`deleted key ${id}`],
        fails: [`/api/admin/token/${nobody}`],
      };
    },
    'POST /api/usage/token/revoke': async () => {
      const { id, value } = await createKey(rig);
      return {
        succeeds: ['/api/usage/token/revoke'],
        leaves: [`deleted key ${id}`],
        token: `Bearer ${value}`,
      };
    },
    'POST /api/credentials/revoke': async () => {
      const { id, value } = await createKey(rig);
      return {
        succeeds: ['/api/credentials/revoke', { credentials: [value] }],
        leaves: [`deleted key ${id}`],
        fails: ['/api/credentials/revoke', {}],
        isLater: true,
      };
    },
    'POST /api/user/login': async () => {
      const { username, password } = await account();
      return {
        succeeds: ['/api/user/login', { username, password }],
        leaves: ['signed_in session'],
        fails: ['/api/user/login', { username }],
      };
    },
    'GET /api/user/logout': async () => {
      const { username, password } = await account();
      return {
        succeeds: ['/api/user/logout'],
        leaves: ['signed_out session'],
        cookie: await signIn(rig, username, password),
      };
    },
    'POST /api/user/logout': async () => {
      const { username, password } = await account();
      return {
        succeeds: ['/api/user/logout'],
        leaves: ['signed_out session'],
        cookie: await signIn(rig, username, password),
      };
    },
    'POST /api/user/setup': async () => {
      const { id } = await account();
      const expiresAt = Math.floor(rig.clock.now() / 1000) + 3600;
      await rig.store.signIns.openSetup({ digest: digestOf('setup-code'), accountId: id, expiresAt });
      const body = { code: 'setup-code', password: 'a password of its own' };
      return {
        succeeds: ['/api/user/setup', body],
        leaves: [`updated account ${id}`, 'signed_in session'],
        fails: ['/api/user/setup', body],
      };
    },
    'DELETE /api/user/session/{id}': async () => {
      const { token } = await account();
      const { items } = dataOf(await rig.call('GET', '/api/user/session', { token }));
      const [session] = items as readonly { readonly id: string }[];
      return {
        succeeds: [`/api/user/session/${session?.id}`],
        leaves: ['signed_out session'],
        fails: [`/api/user/session/${session?.id}`],
        token,
      };
    },
    'DELETE /api/user/session': async () => {
      const { token } = await account();
      return { succeeds: ['/api/user/session'], leaves: ['revoked session'], token };
    },
    'PUT /api/user/self/preferences': async () => {
      const { id, token } = await account();
      const path = '/api/user/self/preferences';
      return {
        succeeds: [path, { theme: 'dark' }],
        leaves: [`updated account ${id}`],
        fails: [path, { theme: 'none' }],
        token,
      };
    },
    'PUT /api/user/self': async () => {
      const { id, token } = await account();
      return {
        succeeds: ['/api/user/self', { email: 'new@example.com' }],
        leaves: [`updated account ${id}`],
        fails: ['/api/user/self', { email: 7 }],
        token,
      };
    },
    'GET /api/user/token': async () => {
      const { id, token } = await account();
      return { succeeds: ['/api/user/token'], leaves: [`updated account ${id}`], token };
    },
    'POST /api/user': async () => ({
      succeeds: ['/api/user', newUser],
      leaves: ['created account ?'],
      fails: ['/api/user', newUser],
    }),
    'PUT /api/user': async () => {
      const { id } = await account();
      return {
        succeeds: ['/api/user', { id, quota: 7 }],
        leaves: [`updated account ${id}`],
        fails: ['/api/user', { id: nobody, quota: 7 }],
      };
    },
    'POST /api/user/manage': async () => {
      const { id } = await account();
      return {
        succeeds: ['/api/user/manage', { id, action: 'disable' }],
        leaves: [`updated account ${id}`],
        fails: ['/api/user/manage', { id: nobody, action: 'disable' }],
      };
    },
    'DELETE /api/user/{id}': async () => {
      const { id, token } = await account();
      const { id: keyId } = await createKey(rig, {}, token);
      return {
        succeeds: [`/api/user/${id}`],
        leaves: [`deleted key ${keyId}`, `deleted account ${id}`],
        fails: [`/api/user/${nobody}`],
      };
    },
    'POST /api/user/{id}/revoke': async () => {
      const { id, token } = await account();
      const { id: keyId } = await createKey(rig, {}, token);
      return {
        succeeds: [`/api/user/${id}/revoke`],
        leaves: [`deleted key ${keyId}`, `revoked account ${id}`],
        fails: [`/api/user/${nobody}/revoke`],
      };
    },
    'POST /api/receipt/rotate_key': async () => ({
      succeeds: ['/api/receipt/rotate_key'],
      leaves: ['updated setting'],
    }),
    'POST /api/channel': async () => ({
      succeeds: ['/api/channel', channel],
      leaves: ['created channel ?'],
      fails: ['/api/channel', {}],
    }),
    'PUT /api/channel': async () => {
      const id = await channelId();
      return {
        succeeds: ['/api/channel', { id, weight: 3 }],
        leaves: [`updated channel ${id}`],
        fails: ['/api/channel', { id: nobody, weight: 3 }],
      };
    },
    'DELETE /api/channel/{id}': async () => {
      const id = await channelId();
      return {
        succeeds: [`/api/channel/${id}`],
        leaves: [`deleted channel ${id}`],
        fails: [`/api/channel/${nobody}`],
      };
    },
    'GET /api/channel/test/{id}': async () => {
      const id = await channelId();
      return {
        succeeds: [`/api/channel/test/${id}`],
        leaves: [`tested channel ${id}`],
        reports: true,
        fails: [`/api/channel/test/${nobody}`],
      };
    },
    'PUT /api/price': async () => ({
      succeeds: ['/api/price', price],
      leaves: ['created price'],
      fails: ['/api/price', { models: [{ id: 'x' }] }],
    }),
    'DELETE /api/price': async () => {
      await setPrice('removed-model');
      return {
        succeeds: ['/api/price?model=removed-model'],
        leaves: ['deleted price'],
        fails: ['/api/price?model=none'],
      };
    },
    'POST /api/price/import': async () => ({
      succeeds: [
        '/api/price/import',
        { format: 'json', text: JSON.stringify({ models: [{ id: 'imported', input: '1', output: '1' }] }) },
      ],
      leaves: ['created price'],
      fails: ['/api/price/import', { format: 'json', text: '{' }],
    }),
    'PUT /api/price/group': async () => ({
      succeeds: ['/api/price/group', { group: 'audited', multiplier: '0.5' }],
      leaves: ['created price_group'],
      fails: ['/api/price/group', { group: 'audited', multiplier: 'x' }],
    }),
    'DELETE /api/price/group': async () => {
      await rig.call('PUT', '/api/price/group', { body: { group: 'removed', multiplier: '2' } });
      return {
        succeeds: ['/api/price/group?group=removed'],
        leaves: ['deleted price_group'],
        fails: ['/api/price/group?group=none'],
      };
    },
    'POST /api/user/topup': async () => {
      const { id } = await account();
      return {
        succeeds: ['/api/user/topup', { user_id: id, quota: 5, reason: 'paid' }],
        leaves: [`topped_up account ${id}`],
        fails: ['/api/user/topup', { user_id: nobody, quota: 5, reason: 'x' }],
      };
    },
  };
}
