import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClientAddresses } from './client-address.ts';

test('a peer is normalised: mapped IPv6 is IPv4, and zones are left out', () => {
  const { normalise } = createClientAddresses([]);
  assert.equal(normalise('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(normalise('2001:DB8:0:0:0:0:0:1'), '2001:db8::1');
  assert.equal(normalise('fe80::1%eth0'), 'fe80::1');
  assert.equal(normalise('192.0.2.1'), '192.0.2.1');
  assert.equal(normalise(''), '');
});

test('only the addresses and ranges named are trusted, in either spelling', () => {
  const { isTrusted, normalise } = createClientAddresses([
    '10.0.0.0/8',
    '2001:db8::/32',
    '::ffff:192.0.2.0/120',
  ]);
  for (const address of ['10.1.2.3', '2001:db8::5', '192.0.2.77', normalise('::ffff:10.0.0.1')]) {
    assert.equal(isTrusted(address), true, address);
  }
  for (const address of ['11.0.0.1', '2001:db9::5', '192.0.3.1', '::1', '', 'unknown']) {
    assert.equal(isTrusted(address), false, address);
  }
  assert.equal(createClientAddresses([]).isTrusted('127.0.0.1'), false);
});

const proxies = createClientAddresses(['10.0.0.0/8', '::1']);

for (const [header, client, why] of [
  ['192.0.2.1', '192.0.2.1', 'the one entry'],
  ['203.0.113.9, 192.0.2.1', '192.0.2.1', 'what stands left of it is the client’s own invention'],
  ['192.0.2.1, 10.0.0.2,10.0.0.3', '192.0.2.1', 'trusted proxies are passed over'],
  ['10.0.0.2, 10.0.0.3', '10.0.0.2', 'all of them trusted'],
  ['192.0.2.1, unknown', '10.0.0.1', 'garbage at the right'],
  ['192.0.2.1, 0x7f.1, 10.0.0.3', '10.0.0.3', 'garbage behind a trusted one'],
  ['192.0.2.1, , 10.0.0.3', '10.0.0.3', 'an empty entry'],
  ['', '10.0.0.1', 'nothing'],
  ['192.0.2.1:4711', '192.0.2.1', 'a port'],
  ['[2001:DB8::1]:4711', '2001:db8::1', 'brackets and port'],
  ['2001:db8::1', '2001:db8::1', 'IPv6'],
  ['::ffff:192.0.2.1', '192.0.2.1', 'mapped'],
  ['192.0.2.1, ::ffff:10.0.0.2', '192.0.2.1', 'a mapped trusted proxy'],
  ['192.0.2.1, 010.0.0.2', '10.0.0.1', 'octal is no address'],
] as const) {
  test(`X-Forwarded-For "${header}" from a trusted proxy gives ${client}: ${why}`, () => {
    assert.equal(proxies.forwarded('10.0.0.1', header), client);
  });
}

test('only so many entries are looked at, from the right', () => {
  const header = ['192.0.2.1', ...Array.from({ length: 40 }, (_, index) => `10.0.1.${index}`)].join(',');
  assert.equal(proxies.forwarded('10.0.0.1', header), '10.0.1.8');
});

test('a wrong entry of the setting refuses the start, naming setting and entry', () => {
  for (const entry of [
    '10.0.0.0/33',
    '10.0.0',
    'localhost',
    '10.0.0.0/8/8',
    '::1/129',
    'fe80::1%eth0',
    '::ffff:0:0/90',
  ]) {
    assert.throws(
      () => createClientAddresses(['127.0.0.1', entry]),
      (error: Error) =>
        error.message.includes('http.trusted_proxies') && error.message.includes(`"${entry}"`),
    );
  }
});
