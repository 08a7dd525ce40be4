import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { type Client, createClient } from './client.ts';
import { allPages } from './listing.ts';

test('pages with a request body; a record that moves to the next page is printed once', async (t) => {
  let ids = Array.from({ length: 250 }, (_, index) => 250 - index);
  const urls: unknown[] = [];
  const server = createServer(async (req, res) => {
    let text = '';
    for await (const chunk of req) text += chunk;
    urls.push(`${req.method} ${req.url}`);
    const { p, page_size: size, digest } = JSON.parse(text) as Record<string, number>;
    assert.equal(digest, 'abc');
    const items = ids.slice((Number(p) - 1) * Number(size), Number(p) * Number(size)).map((id) => ({ id }));
    res.end(JSON.stringify({ success: true, message: '', data: { items, total: ids.length } }));
    ids = [(ids[0] ?? 0) + 1, ...ids];
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const client = createClient(`http://127.0.0.1:${address.port}`, 'a-token');
  const source = { path: '/find', body: { digest: 'abc' }, byCursor: false };
  const seen: unknown[] = [];
  for await (const { items } of allPages(client, source)) seen.push(...items.map(({ id }) => id));
  assert.deepEqual(
    seen,
    Array.from({ length: 250 }, (_, index) => 250 - index),
  );
  assert.deepEqual(new Set(urls), new Set(['POST /find']));
});

test('a list that was searched in part is read on to its end', async () => {
  const pages: Readonly<Record<string, object>> = {
    '': { items: [], total: 0, searched_from: 90, next: '90.0' },
    '90.0': { items: [{ id: 7 }], total: 1, searched_from: 80, next: '80.3' },
    '80.3': { items: [{ id: 2 }], total: 1 },
  };
  const asked: unknown[] = [];
  const call: Client['call'] = async ({ query }) => {
    asked.push(query?.before_id);
    return pages[String(query?.before ?? '')];
  };
  const seen: unknown[] = [];
  for await (const { items } of allPages({ call }, { path: '/api/log/self', byCursor: true })) {
    seen.push(...items.map(({ id }) => id));
  }
  assert.deepEqual(seen, [7, 2]);
  assert.deepEqual(asked, [undefined, undefined, undefined]);
});
