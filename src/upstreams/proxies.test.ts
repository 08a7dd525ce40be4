/** Selection of the proxy for an upstream. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isExempt, type ProxySettings, proxyFor } from './proxies.ts';

const settings: ProxySettings = {
  allow_private: false,
  https_proxy: 'http://me:secret@10.0.0.1:3128',
  http_proxy: 'http://plain.example:80',
  no_proxy: ['inside.example'],
};
const none = { proxy: null, credentials: undefined };

test('https and plain http upstreams use separate proxies, and exempt ones use none', () => {
  assert.deepEqual(proxyFor('https://api.example', none, settings), {
    origin: 'http://10.0.0.1:3128',
    credentials: 'me:secret',
    allowPrivate: true,
  });
  assert.equal(proxyFor('http://api.example', none, settings)?.origin, 'http://plain.example');
  assert.equal(proxyFor('https://inside.example', none, settings), undefined);
  for (const https_proxy of [undefined, 'direct']) {
    assert.equal(proxyFor('https://api.example', none, { ...settings, https_proxy }), undefined);
  }
});

test('the proxy of a channel takes precedence', () => {
  const own = { proxy: 'http://own.example:1', credentials: 'a:b' };
  assert.deepEqual(proxyFor('https://inside.example', own, settings), {
    origin: 'http://own.example:1',
    credentials: 'a:b',
    allowPrivate: false,
  });
  assert.equal(proxyFor('https://api.example', { ...none, proxy: 'direct' }, settings), undefined);
});

test("a channel's proxy may be private if the settings allow it or name that proxy", () => {
  const own = (proxy: string, allow_private = false) =>
    proxyFor('https://api.example', { ...none, proxy }, { ...settings, allow_private })?.allowPrivate;
  assert.equal(own('http://10.0.0.2:3128'), false);
  assert.equal(own('http://10.0.0.1:3128'), true);
  assert.equal(own('http://10.0.0.2:3128', true), true);
});

test('matches exempt hosts as other programs do for NO_PROXY', () => {
  const cases: [entry: string, url: string, exempt: boolean][] = [
    ['*', 'https://any.example', true],
    ['a.example', 'https://a.example', true],
    ['a.example', 'https://A.EXAMPLE.', true],
    ['A.Example.', 'https://a.example', true],
    ['a.example', 'https://x.a.example', true],
    ['a.example', 'https://ba.example', false],
    ['.a.example', 'https://x.a.example', true],
    ['.a.example', 'https://a.example', true],
    ['*.a.example', 'https://x.a.example', true],
    ['*.a.example', 'https://a.example', false],
    ['a.example:8443', 'https://a.example:8443', true],
    ['a.example:443', 'https://a.example', true],
    ['a.example:80', 'https://a.example', false],
    ['127.0.0.1', 'http://127.0.0.1:11434', true],
    ['10.0.0.0/8', 'http://10.1.2.3', true],
    ['10.0.0.0/8', 'http://11.1.2.3', false],
    ['10.0.0.0/8', 'http://ten.example', false],
    ['::1', 'http://[::1]:8080', true],
    ['[::1]:8080', 'http://[::1]:8080', true],
    ['[::1]:8081', 'http://[::1]:8080', false],
    ['fd00::/8', 'http://[fd12::1]', true],
    ['', 'https://a.example', false],
  ];
  for (const [entry, url, exempt] of cases) {
    assert.equal(isExempt(new URL(url), entry === '' ? [] : [entry]), exempt, `${entry} ${url}`);
  }
});

test('never throws for a list of hosts, and a domain exempts its subdomains', () => {
  const label = fc.stringMatching(/^[a-z]{1,6}$/);
  fc.assert(
    fc.property(fc.string(), (entry) => {
      assert.equal(typeof isExempt(new URL('https://a.example'), [entry]), 'boolean');
    }),
  );
  fc.assert(
    fc.property(label, label, label, (above, domain, end) => {
      assert.equal(isExempt(new URL(`https://${above}.${domain}.${end}`), [`${domain}.${end}`]), true);
      assert.equal(isExempt(new URL(`https://${above}${domain}.${end}`), [`${domain}.${end}`]), false);
    }),
  );
});
