/** Which models an account and its keys may use, with prices; bounded however many keys there are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig({ settings: { groups: { selectable: ['default', 'open'] } } });

interface Model {
  readonly id: string;
  readonly keys: number;
  readonly groups: readonly { readonly name: string; readonly ratio: number }[];
  readonly pricing: Readonly<Record<string, unknown>>;
}

const channel = async (fields: object) => {
  const base = { name: 'c', protocols: ['openai'], base_url: 'https://upstream.example' };
  dataOf(await rig.call('POST', '/api/channel/', { body: { ...base, ...fields } }));
};

async function fill(): Promise<void> {
  await channel({ models: ['gpt-4o', 'gpt-4.1', 'unpriced'], groups: ['default'] });
  await channel({ models: ['claude-sonnet-5', 'gpt-4o'], groups: ['open'] });
  await channel({ models: ['staff-model'], groups: ['staff'] });
  const models = [
    { id: 'gpt-4o', input: '3', output: '10' },
    { id: 'gpt-4.1', input: '2', output: '8' },
    { id: 'claude-sonnet-5', input: '5', output: '9' },
    { id: 'staff-model', input: '1', output: '1' },
  ];
  dataOf(await rig.call('PUT', '/api/price', { body: { models } }));
  dataOf(await rig.call('PUT', '/api/price/group', { body: { group: 'open', multiplier: '0.5' } }));
}

let filled: Promise<void> | undefined;
const get = async (path: string, token?: string) => {
  filled ??= fill();
  await filled;
  return dataOf(await rig.call('GET', path, token === undefined ? {} : { token }));
};
const itemsOf = (data: Readonly<Record<string, unknown>>) => data.items as Model[];
const idsOf = (data: Readonly<Record<string, unknown>>) => itemsOf(data).map(({ id }) => id);

test('an account sees the models of all its groups, and how many of its keys may use each', async () => {
  const user = await createAccount(rig);
  await createKey(rig, { name: 'any' }, user.token);
  await createKey(rig, { name: 'open', group: 'open' }, user.token);
  await createKey(rig, { name: 'auto', group: 'auto' }, user.token);
  await createKey(rig, { model_limits_enabled: true, model_limits: 'gpt-4.1,nowhere' }, user.token);
  await createKey(rig, { unlimited_quota: false, remain_quota: 0 }, user.token);
  const off = await createKey(rig, {}, user.token);
  dataOf(await rig.call('PUT', '/api/token/', { body: { id: off.id, status: 2 }, token: user.token }));
  const data = await get('/api/model_access', user.token);
  assert.deepEqual([data.keys_looked_at, data.keys_total, data.total], [6, 6, 3]);
  assert.deepEqual(
    itemsOf(data).map(({ id, keys, groups }) => ({ id, keys, groups })),
    [
      { id: 'claude-sonnet-5', keys: 2, groups: [{ name: 'open', ratio: 0.5 }] },
      { id: 'gpt-4.1', keys: 3, groups: [{ name: 'default', ratio: 1 }] },
      {
        id: 'gpt-4o',
        keys: 3,
        groups: [
          { name: 'default', ratio: 1 },
          { name: 'open', ratio: 0.5 },
        ],
      },
    ],
  );
  assert.equal(itemsOf(data)[2]?.pricing.input, 3);
  assert.deepEqual(data.providers, [
    { code: 'anthropic', name: 'Anthropic' },
    { code: 'openai', name: 'OpenAI' },
  ]);
});

test('models are searched, filtered, sorted and paged by the server', async () => {
  const ids = async (query: string) => idsOf(await get(`/api/model_access?${query}`));
  assert.deepEqual(await ids('keyword=GPT-4'), ['gpt-4.1', 'gpt-4o']);
  assert.deepEqual(await ids('keyword=anthropic'), ['claude-sonnet-5']);
  assert.deepEqual(await ids('provider=openai&sort=input'), ['gpt-4.1', 'gpt-4o']);
  assert.deepEqual(await ids('model_type=embedding'), []);
  assert.deepEqual(await ids('sort=output&order=desc'), ['gpt-4o', 'claude-sonnet-5', 'gpt-4.1']);
  assert.deepEqual(await ids('order=desc'), ['gpt-4o', 'gpt-4.1', 'claude-sonnet-5']);
  assert.deepEqual(await ids('page_size=2&p=2'), ['gpt-4o']);
  refusalOf(await rig.call('GET', '/api/model_access?sort=random'), 400, /"sort" must be id or input/);
  refusalOf(await rig.call('GET', `/api/model_access?keyword=${'x'.repeat(300)}`), 400, /"keyword"/);
});

test('a key sees its own models; a key that is not yours does not exist', async () => {
  const user = await createAccount(rig);
  const of = async (fields: object) => {
    const key = await createKey(rig, fields, user.token);
    return idsOf(await get(`/api/token/${key.id}/models`, user.token));
  };
  assert.deepEqual(await of({}), ['gpt-4.1', 'gpt-4o']);
  assert.deepEqual(await of({ group: 'open' }), ['claude-sonnet-5', 'gpt-4o']);
  assert.deepEqual(await of({ model_limits_enabled: true, model_limits: 'gpt-4o,staff-model' }), ['gpt-4o']);
  assert.deepEqual(await of({ unlimited_quota: false, remain_quota: 0 }), []);
  assert.deepEqual(await of({ allow_ips: '192.0.2.1' }), ['gpt-4.1', 'gpt-4o']);
  const root = await createKey(rig);
  const other = await rig.call('GET', `/api/token/${root.id}/models`, { token: user.token });
  const unknown = await rig.call('GET', '/api/token/999999/models', { token: user.token });
  assert.equal(other.text, unknown.text);
  refusalOf(other, 200);
  refusalOf(await rig.call('GET', `/api/token/${root.id}/models`, { token: null }), 401);
});

test('however many keys there are, only the newest 100 are looked at', async () => {
  const user = await createAccount(rig);
  for (let count = 0; count < 105; count += 1) {
    await createKey(
      rig,
      { model_limits_enabled: true, model_limits: count < 7 ? 'gpt-4o' : 'gpt-4.1' },
      user.token,
    );
  }
  const { keys_looked_at, keys_total, items } = await get('/api/model_access?keyword=gpt-4o', user.token);
  assert.deepEqual([keys_looked_at, keys_total], [100, 105]);
  assert.equal((items as Model[])[0]?.keys, 2);
});
