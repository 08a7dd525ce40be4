/** Safe dialling: no spelling of an internal address, and no DNS response, reaches an internal network. */
import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { HalleyError } from '../platform/errors.ts';
import { checkBaseUrl, isPublicAddress, parseBaseUrl, publicOnlyLookup } from './dialling.ts';

const strict = { allow_private: false };
const open = { allow_private: true };
const refused = (url: string, settings: typeof strict) =>
  assert.throws(
    () => checkBaseUrl(url, settings),
    (error) => error instanceof HalleyError && error.code === 'invalid_value' && error.param === 'base_url',
    `${url} was accepted`,
  );

test('parses a base URL', () => {
  const cases: [string, string, string][] = [
    ['https://api.example.com', 'https://api.example.com', ''],
    ['https://api.example.com/', 'https://api.example.com', ''],
    ['https://API.example.com:443/a/b//', 'https://api.example.com', '/a/b'],
    ['https://8.8.8.8:8443/x', 'https://8.8.8.8:8443', '/x'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]', ''],
    ['https://bücher.example', 'https://xn--bcher-kva.example', ''],
  ];
  for (const [url, origin, basePath] of cases) {
    const { origin: foundOrigin, basePath: foundPath } = parseBaseUrl(url, strict);
    assert.deepEqual([foundOrigin, foundPath], [origin, basePath]);
  }
  checkBaseUrl('demo:', strict);
});

test('refuses an unusable base URL with any settings', () => {
  const urls = [
    ...['', 'api.example.com', '//api.example.com', 'ftp://example.com', 'file:///etc/passwd', 'demo:x'],
    ...['javascript:alert(1)', 'https://', 'https://user@example.com', 'https://u:p@example.com'],
    ...['https://example.com/#f', 'https://example.com?x=1#f', 'https://exa mple.com'],
    ...[
      'https://example.com?key=k',
      'https://example.com/v1?a=b&api_key=k',
      'https://example.com?access-token=k',
    ],
    ...[
      'https://example.com\\@inside',
      'https://example.com/\r\nx: y',
      ' https://example.com',
      'https://a\tb.com',
    ],
    ...['https://example.com:99999', 'https://256.256.256.256', 'https://[::1', 'https://example.com/\0'],
    ...[
      'https://example.com/v1/chat/completions',
      'https://example.com/v1/messages/',
      'https://example.com/v1/models',
    ],
  ];
  for (const url of urls) for (const settings of [strict, open]) refused(url, settings);
});

test('refuses a base URL with the path of an endpoint and suggests the base URL', () => {
  for (const [url, instead] of [
    ['https://x.example/v1/chat/completions', 'https://x.example/v1'],
    ['https://x.example/chat/completions', 'https://x.example#'],
  ] as const) {
    assert.throws(() => checkBaseUrl(url, strict), { message: new RegExp(`Write ${instead} instead\\.$`) });
    checkBaseUrl(instead, strict);
  }
});

const inner = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1', '017700000001'],
  ...['0.0.0.0', '0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
  ...['100.64.0.1', '192.0.0.8', '198.18.0.1', '203.0.113.9', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[::ffff:0:127.0.0.1]'],
  ...['[64:ff9b::127.0.0.1]', '[64:ff9b::a00:1]', '[64:ff9b:1::8.8.8.8]', '[2002:7f00:1::]', '[2001::1]'],
  ...['[fe80::1]', '[fec0::1]', '[fc00::1]', '[fd12:3456::1]', '[ff02::1]', '[2001:db8::1]', '[100::1]'],
  ...['[4000::1]', '[5f00::1]'],
  ...['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'ⓛocalhost', '１２７.0.0.1', '127。0。0。1'],
];

test('refuses every spelling of a private address unless private addresses are allowed', () => {
  for (const host of inner) {
    refused(`https://${host}`, strict);
    checkBaseUrl(`https://${host}`, open);
  }
});

test('refuses plain http unless private addresses are allowed', () => {
  assert.throws(() => checkBaseUrl('http://api.example.com', strict), {
    code: 'invalid_value',
    message: /HALLEY_UPSTREAMS_ALLOW_PRIVATE=true/,
  });
  checkBaseUrl('http://api.example.com', open);
});

test('recognizes public addresses', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808']) {
    assert.equal(isPublicAddress(address), true, address);
  }
  for (const text of ['', 'example.com', '8.8.8', 'fe80::1%eth0', '::1']) {
    assert.equal(isPublicAddress(text), false, text);
  }
});

test('a mapped or translated IPv4 address is public only if the embedded address is', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      assert.equal(isPublicAddress(`::ffff:${address}`), isPublicAddress(address));
      assert.equal(isPublicAddress(`64:ff9b::${address}`), isPublicAddress(address));
      assert.equal(isPublicAddress(`::${address}`), false);
    }),
  );
});

type Answer = [NodeJS.ErrnoException | null, string | LookupAddress[], number | undefined];

/** Resolves a name through the guard, with a resolver that always returns `addresses`. */
function lookUp(addresses: string[], all: boolean): Promise<Answer> {
  const stub: LookupFunction = (_, options, callback) => {
    assert.equal(options.all, true);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return new Promise((resolve) => {
    publicOnlyLookup(stub)('api.example.com', { all }, (error, found, family) =>
      resolve([error, found, family]),
    );
  });
}

test('connects to a name only when all of its addresses are public', async () => {
  assert.deepEqual(await lookUp(['8.8.8.8', '2606:4700::1111'], true), [
    null,
    [
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ],
    undefined,
  ]);
  assert.deepEqual(await lookUp(['8.8.8.8'], false), [null, '8.8.8.8', 4]);
  for (const addresses of [['8.8.8.8', '127.0.0.1'], ['10.0.0.1'], ['::ffff:169.254.169.254'], []]) {
    const [error, found] = await lookUp(addresses, true);
    assert.ok(error instanceof HalleyError && error.code === 'upstream_unreachable');
    assert.deepEqual(found, []);
  }
});

test('a resolver error is passed on', async () => {
  const failure = Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
  const error = await new Promise((resolve) => {
    publicOnlyLookup((_, __, callback) => callback(failure, []))('x', {}, resolve);
  });
  assert.equal(error, failure);
});
