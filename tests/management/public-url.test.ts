/** The effects of the setting `public_url`: cookies, proof of origin, and the address in the OpenAPI document. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsSchema } from '../../src/platform/settings/schema.ts';
import { dataOf, refusalOf, useRig } from './rig.ts';

const publicUrl = 'https://ai.example.com';
const rig = useRig({ settings: { public_url: publicUrl } });

test('behind a proxy that hides https and the host, cookies are Secure and the own origin is recognized', async () => {
  const body = { username: 'root', password: rig.rootPassword };
  const login = (headers: Record<string, string>) =>
    rig.call('POST', '/api/user/login', { token: null, body, headers });
  // The browser sends the public address; the proxy has set its own in Host.
  const reply = await login({ origin: publicUrl });
  dataOf(reply);
  const [cookie = ''] = reply.headers['set-cookie'] ?? [];
  assert.match(cookie, /; Secure$/);
  assert.match(String((await login({})).headers['set-cookie']), /; Secure$/);
  refusalOf(await login({ origin: 'https://other.example.com' }), 403);
  const change = (headers: Record<string, string>) =>
    rig.call('PUT', '/api/user/self', {
      token: null,
      body: { email: 'a@example.com' },
      headers: { cookie: cookie.split(';')[0] ?? '', ...headers },
    });
  dataOf(await change({ origin: publicUrl }));
  refusalOf(await change({ origin: 'http://ai.example.com' }), 403);
  refusalOf(await change({ origin: publicUrl, 'sec-fetch-site': 'cross-site' }), 403);
  const out = await rig.call('POST', '/api/user/logout', { token: null });
  assert.match(String(out.headers['set-cookie']), /Max-Age=0; .*; Secure$/);
});

test('the document names the public address as its server', async () => {
  const { json } = await rig.call('GET', '/api/openapi.json', { token: null });
  assert.deepEqual(json.servers, [{ url: publicUrl }]);
});

test('a public URL must be an origin', () => {
  const parse = (public_url: string) => settingsSchema.safeParse({ public_url }).success;
  assert.ok(parse('https://ai.example.com') && parse('http://10.0.0.1:8787'));
  for (const wrong of [
    '*',
    'ai.example.com',
    'https://ai.example.com/v1',
    'https://u:p@x.example',
    'ftp://x.example',
  ])
    assert.ok(!parse(wrong), wrong);
});
