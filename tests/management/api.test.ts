import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildOpenApi } from '../../src/management/openapi/document.ts';
import { lockDatabase } from '../support/database.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const withoutDocs = useRig({ settings: { docs: { enabled: false } } });

test('anyone can read the name and version of the gateway, and where its documentation is', async () => {
  const reply = await rig.call('GET', '/api/status/', { token: null });
  assert.deepEqual(dataOf(reply), { name: 'Halley', version: '9.8.7', docs_link: '/docs/' });
  const { docs_link } = dataOf(await withoutDocs.call('GET', '/api/status', { token: null }));
  assert.equal(docs_link, '');
});

test('a client whose base URL lacks /v1 gets a hint about base URLs', async () => {
  refusalOf(await rig.call('POST', '/chat/completions', { token: null }), 404, /\/v1/);
});

test('serves every documented call at its path, with and without the slash, to the documented roles', async () => {
  const { json } = await rig.call('GET', '/api/openapi.json', { token: null });
  assert.deepEqual(json, JSON.parse(JSON.stringify(buildOpenApi('9.8.7'))));
  const paths = Object.entries(json.paths as Record<string, Record<string, { security: object[] }>>);
  const management = paths.filter(([path]) => path.startsWith('/api/'));
  assert.ok(management.length > 15);
  for (const [path, operations] of nonEmpty(management)) {
    for (const [method, { security }] of nonEmpty(Object.entries(operations))) {
      for (const slash of ['', '/']) {
        const real = path.replace('{id}', '999999') + slash;
        const reply = await rig.call(method.toUpperCase(), real, { token: null });
        assert.ok(![404, 405, 500].includes(reply.status), `${method} ${real}: ${reply.text}`);
        assert.equal(reply.status === 401, security.length > 0, `${method} ${real}: ${reply.text}`);
      }
    }
  }
});

test('the document is written once: it has a validator and a compressed copy, and who has it gets no second one', async () => {
  const etags = new Set<string | null>();
  for (const coding of ['identity', 'gzip']) {
    const read = async (headers: Record<string, string> = {}) => {
      const response = await fetch(`http://127.0.0.1:${rig.port}/api/openapi.json`, {
        headers: { 'accept-encoding': coding, ...headers },
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    };
    const first = await read();
    assert.equal(first.headers.get('content-encoding') ?? 'identity', coding);
    assert.deepEqual(JSON.parse(first.text), JSON.parse(JSON.stringify(buildOpenApi('9.8.7'))));
    const etag = first.headers.get('etag');
    etags.add(etag);
    const again = await read({ 'if-none-match': etag ?? '' });
    assert.deepEqual([again.status, again.text, again.headers.get('etag')], [304, '', etag]);
  }
  assert.equal(etags.size, 2);
});

test('every reference in the document resolves', () => {
  const text = JSON.stringify(buildOpenApi('1'));
  const { components } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
  const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
  assert.ok(references.length > 20);
  for (const [, name = ''] of nonEmpty(references)) assert.ok(components.schemas[name], name);
});

test('while another writer locks the database, DELETE gets 503 and the key stays valid', async () => {
  const { id, record } = await createKey(rig);
  const unlock = await lockDatabase(rig.dir);
  refusalOf(await rig.call('DELETE', `/api/token/${id}`), 503, /try again/i);
  assert.deepEqual(dataOf(await rig.call('GET', `/api/token/${id}`)), record);
  await unlock();
  assert.equal((await rig.call('DELETE', `/api/token/${id}`)).json.success, true);
  refusalOf(await rig.call('GET', `/api/token/${id}`), 200);
});

test('without a database the response is 503 with the envelope, and says that nothing was confirmed', async () => {
  const { id } = await createKey(rig);
  await rig.store.close();
  for (const [method, path] of [
    ['DELETE', `/api/token/${id}`],
    ['GET', '/api/token/'],
  ] as const) {
    const reply = await rig.call(method, path);
    refusalOf(reply, 503, /try again/i);
    assert.equal(reply.json.code, 'store_unavailable');
  }
});
