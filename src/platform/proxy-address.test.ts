import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseProxyAddress } from './proxy-address.ts';

test('parses proxies in the notations of users and other programs', () => {
  for (const [text, origin, credentials] of [
    ['http://proxy.example:3128', 'http://proxy.example:3128', undefined],
    ['https://proxy.example/', 'https://proxy.example', undefined],
    ['proxy.example:3128', 'http://proxy.example:3128', undefined],
    ['10.0.0.1', 'http://10.0.0.1', undefined],
    ['http://[::1]:3128', 'http://[::1]:3128', undefined],
    ['http://me:p%40ss%3Aw@proxy.example', 'http://proxy.example', 'me:p@ss:w'],
    ['me:secret@proxy.example:8080', 'http://proxy.example:8080', 'me:secret'],
    ['http://me@proxy.example', 'http://proxy.example', 'me:'],
  ] as const) {
    assert.deepEqual(parseProxyAddress(text), { origin, credentials }, text);
  }
});

test('refuses anything that is not an HTTP proxy', () => {
  for (const text of [
    ...[
      '',
      'direct:',
      'direct',
      'none',
      'socks5://proxy.example',
      'ftp://proxy.example',
      'http://',
      'http://a b',
      'http://proxy/x',
    ],
    ...[
      'http://proxy?x',
      'http://proxy/#',
      'http://%zz@proxy',
      'http://proxy:99999',
      'a\\b',
      'http://proxy\r\n',
    ],
  ]) {
    assert.equal(parseProxyAddress(text), undefined, text);
  }
});

test('preserves any user name and password', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(text, text, (user, password) => {
      const url = `http://${encodeURIComponent(user)}:${encodeURIComponent(password)}@proxy.example:1`;
      assert.equal(parseProxyAddress(url)?.credentials, `${user}:${password}`);
    }),
  );
});
