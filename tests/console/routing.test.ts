/** The console beside the other parts of a running gateway. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { buildPages } from './built-pages.ts';

let gateway: Gateway;
before(async () => {
  await buildPages();
  gateway = await startGateway();
});
after(() => gateway.stop());

const asBrowser = { headers: { accept: 'text/html' }, redirect: 'manual' } as const;

test('a path of the API never answers a browser with a page', async () => {
  for (const path of [
    '/api',
    '/api/',
    '/api/console',
    '/api/status',
    '/v1/console',
    '/v1/models',
    '/chat/completions',
    '/healthz',
    '/elsewhere',
    '/console.html',
  ]) {
    const response = await fetch(gateway.url + path, asBrowser);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/, path);
    assert.doesNotMatch(await response.text(), /<html|<!doctype/i, path);
  }
});

test('/console is the console, and / leads browsers there', async () => {
  const root = await fetch(`${gateway.url}/`, asBrowser);
  assert.equal(root.status, 302);
  assert.equal(root.headers.get('location'), '/console');
  const page = await fetch(`${gateway.url}/console`, asBrowser);
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
});
