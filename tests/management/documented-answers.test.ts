/** Real responses against the OpenAPI document: nothing is missing, of a different type, or undocumented. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { aRecord, settleAll } from './records.ts';
import { type Account, createAccount, createKey, dataOf, type Reply, useRig } from './rig.ts';

const rig = useRig();

interface Operation {
  readonly responses: { readonly 200: { readonly content: Record<string, { readonly schema: Schema }> } };
}
type Schema = Readonly<Record<string, unknown>> & { readonly anyOf?: readonly Schema[] };
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

let openApi: OpenApi;
let user: Account;
let key: { readonly id: number; readonly value: string };

async function prepare(): Promise<void> {
  const { json } = await rig.call('GET', '/api/openapi.json', { token: null });
  // The validator resolves references from a different location.
  openApi = JSON.parse(JSON.stringify(json).replaceAll('#/components/schemas/', '#/$defs/')) as OpenApi;
  user = await createAccount(rig, { email: 'u@example.org', budget_quota: 100, budget_period: 'daily' });
  const limits = { budget_quota: 50, rpm_limit: 1, tpm_limit: 2, concurrency_limit: 3, content_log_days: 4 };
  key = await createKey(rig, { name: 'asked', ...limits }, user.token);
  await createKey(rig, { name: 'plain', unlimited_quota: false, allow_ips: '192.0.2.0/24' }, user.token);
  const priced = { id: 'model-a', input: '2.5', output: '10', cached_input: '1', per_request: '0.01' };
  const models = [priced, { id: 'image-*', input: '1', output: '2', per_image: '0.1', source: 'a test' }];
  dataOf(await rig.call('PUT', '/api/price', { body: { models } }));
  await rig.call('PUT', '/api/price/group', { body: { group: 'vip', multiplier: '0.5' } });
  const createdAt = Math.floor(rig.clock.now() / 1000);
  const row = (await rig.store.listPrices()).find(({ model }) => model === 'model-a');
  const record = aRecord({ accountId: user.id, keyId: key.id, createdAt }, { priceId: row?.id ?? 0 });
  await settleAll(rig.store, [record, aRecord({ accountId: user.id, keyId: key.id, createdAt, type: 5 })]);
  const channel = { name: 'c', protocols: ['openai'], base_url: 'https://example.org', models: ['model-a'] };
  dataOf(await rig.call('POST', '/api/channel/', { body: channel }));
}

function assertDocumented(reply: Reply, method: string, path: string): void {
  assert.equal(reply.status, 200, `${method} ${path}: ${reply.text}`);
  const schema =
    openApi.paths[path]?.[method.toLowerCase()]?.responses[200].content['application/json']?.schema;
  const success = schema?.anyOf?.[0];
  assert.ok(success, `${method} ${path} is not in the document`);
  const whole = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...success,
    $defs: openApi.components.schemas,
  };
  const { error } = z.fromJSONSchema(whole as Parameters<typeof z.fromJSONSchema>[0]).safeParse(reply.json);
  assert.equal(error, undefined, `${method} ${path}: ${error && z.prettifyError(error)}\n${reply.text}`);
}

const days = 'start_date=2027-01-01&end_date=2027-12-31';
const asked: readonly (readonly ['user' | 'root' | 'key' | 'nobody', string, string?])[] = [
  ['user', '/api/user/self'],
  ['user', '/api/user/self/stats'],
  ['user', '/api/user/self/groups'],
  ['user', '/api/user/self/journal'],
  ['user', '/api/user/models'],
  ['user', '/api/token', '?page_size=5'],
  ['user', '/api/log/self'],
  ['user', '/api/log/self/stat'],
  ['user', '/api/data/self'],
  ['user', '/api/data/self/totals', '?by=day,key,model'],
  ['root', '/api/log'],
  ['root', '/api/log/stat'],
  ['root', '/api/data'],
  ['root', '/api/data/totals', '?by=user'],
  ['root', '/api/user'],
  ['root', '/api/user/topup'],
  ['root', '/api/user/journal'],
  ['root', '/api/price', '?all=1'],
  ['root', '/api/price/export', '?format=csv'],
  ['root', '/api/price/export', '?format=json&all=1'],
  ['root', '/api/price/group'],
  ['root', '/api/channel'],
  ['root', '/api/fleet'],
  ['root', '/api/doctor'],
  ['key', '/api/usage/token'],
  ['key', '/api/log/token'],
  ['key', '/v1/dashboard/billing/subscription'],
  ['key', '/v1/dashboard/billing/usage', `?${days}`],
  ['nobody', '/user/quota', `?${days}&key=`],
  ['nobody', '/api/models'],
];

test('responses to reads match the document', async () => {
  await prepare();
  const topup = { user_id: user.id, quota: 5, reason: 'a test', trade_no: 't-1' };
  assertDocumented(await rig.call('POST', '/api/user/topup', { body: topup }), 'POST', '/api/user/topup');
  for (const [who, path, query = ''] of asked) {
    const token = { user: user.token, root: rig.rootToken, key: key.value, nobody: null }[who];
    const reply = await rig.call('GET', path + query + (query.endsWith('key=') ? key.value : ''), { token });
    assertDocumented(reply, 'GET', path);
    assert.doesNotMatch(
      reply.text.replaceAll(
        /"(budget_\w+|allow_ips|connect_ms|first_byte_ms|idle_chunk_ms|proxy)":null/g,
        '',
      ),
      /null/,
    );
  }
  const model = await rig.call('GET', '/api/model/model-a', { token: null });
  assertDocumented(model, 'GET', '/api/model/{id}');
});

test('responses to changes match the document', async () => {
  const models = [{ id: 'model-b', input: '1', output: '2' }];
  const text = JSON.stringify({ models });
  for (const [method, path, body] of [
    ['PUT', '/api/token', { id: key.id, budget_quota: 60, budget_period: 'weekly' }],
    ['PUT', '/api/user', { id: user.id, budget_quota: null }],
    ['PUT', '/api/price', { models }],
    ['POST', '/api/price/import', { format: 'json', text }],
    ['PUT', '/api/price/group', { group: 'vip', multiplier: '0.9', effective_from: '2030-01-01' }],
    ['POST', '/api/admin/token/search', { user_id: user.id }],
    ['PUT', '/api/admin/token', { id: key.id, status: 1 }],
    ['POST', '/api/admin/token/batch', { ids: [99_999_999] }],
    ['DELETE', '/api/price/group?group=vip', undefined],
    ['DELETE', '/api/price?model=model-b', undefined],
  ] as const) {
    const token = path === '/api/token' ? user.token : rig.rootToken;
    const reply = await rig.call(method, path, { token, ...(body && { body }) });
    assertDocumented(reply, method, path.split('?')[0] ?? '');
  }
});
