import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { HalleyError } from '../platform/errors.ts';
import { type IpList, parseIpList } from './ip-list.ts';

function listOf(text: string): IpList {
  const list = parseIpList(text);
  assert.ok(list, 'the list has entries');
  return list;
}

function assertRefused(text: string, why: RegExp): void {
  assert.throws(
    () => parseIpList(text),
    (error) => error instanceof HalleyError && error.code === 'invalid_value' && why.test(error.message),
  );
}

const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));

test('an IPv4 range holds exactly the addresses that share its leading bits, in either notation', () => {
  const bitsOf = (parts: readonly number[]) =>
    parts.map((part) => part.toString(2).padStart(8, '0')).join('');
  fc.assert(
    fc.property(octets, octets, fc.nat(32), fc.nat(32), (network, other, bits, shared) => {
      // Take over the network's first bits, or random addresses would hardly ever be within.
      const text = bitsOf(network).slice(0, shared) + bitsOf(other).slice(shared);
      const address = [0, 8, 16, 24]
        .map((index) => Number.parseInt(text.slice(index, index + 8), 2))
        .join('.');
      const within = text.slice(0, bits) === bitsOf(network).slice(0, bits);
      for (const list of [
        listOf(`${network.join('.')}/${bits}`),
        listOf(`::ffff:${network.join('.')}/${bits + 96}`),
      ]) {
        assert.equal(list.matches(address), within);
        assert.equal(list.matches(`::ffff:${address}`), within);
      }
    }),
  );
});

test('an IPv6 range holds exactly the addresses that share its leading bits', () => {
  const list = listOf('2001:db8:8000::/33');
  for (const inside of ['2001:db8:8000::1', '2001:0DB8:FFFF::', '2001:db8:8000::192.0.2.1']) {
    assert.equal(list.matches(inside), true, inside);
  }
  for (const outside of ['2001:db8:7fff::1', '2001:db9:8000::', '::1', '192.0.2.1']) {
    assert.equal(list.matches(outside), false, outside);
  }
});

test('every address matches itself alone, and the normalised list is stable', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.oneof(fc.ipV4(), fc.ipV6()), (address, other) => {
      fc.pre(isIP(address) !== 0 && isIP(other) !== 0);
      const list = listOf(address);
      assert.equal(list.matches(address), true);
      assert.equal(list.matches(other), list.text === listOf(other).text);
      assert.equal(listOf(list.text).text, list.text);
    }),
  );
});

test('any text is a list, no list, or refused with a message; and no text is taken for a client address', () => {
  const list = listOf('0.0.0.0/0\n::/0');
  const nearly = fc.string({ unit: fc.constantFrom(...'0123456789abcfx.:/% \n') });
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string({ unit: 'binary' })), (text) => {
      try {
        assert.equal(parseIpList(text) === undefined, text.trim() === '');
      } catch (error) {
        assert.ok(error instanceof HalleyError && error.code === 'invalid_value');
      }
      assert.equal(list.matches(text), isIP(text) !== 0);
    }),
    { numRuns: 2000 },
  );
});

test('no entry is no list, never a list that matches everything or nothing', () => {
  for (const text of ['', '\n', ' \r\n\t\n']) assert.equal(parseIpList(text), undefined);
});

test('blank lines, spaces and CRLF are passed over, and ranges are normalised to their first address', () => {
  const list = listOf('\r\n 10.1.2.3/8 \r\n\n::FFFF:192.0.2.1\n2001:DB8:0:0::1/32\r\n');
  assert.equal(list.text, '10.0.0.0/8\n192.0.2.1\n2001:db8::/32');
});

test('forms that other software reads differently are refused, naming line and text', () => {
  const bad = [
    '010.0.0.1',
    '1.2.3',
    '0x7f.0.0.1',
    '16909060',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '1.2.3.4/',
    '1.2.3.4/8/8',
    '1.2.3.0/255.255.255.0',
    '::1/129',
    '::ffff:1.2.3.4/95',
    'fe80::1%eth0',
    ':::',
    '1::2::3',
    'localhost',
    '10.0.0.1, 10.0.0.2',
  ];
  for (const text of bad) {
    assert.throws(
      () => parseIpList(`127.0.0.1\n\n${text}`),
      (error) =>
        error instanceof HalleyError && error.message.startsWith(`Line 3 of allow_ips, "${text}", is not`),
      text,
    );
  }
  assertRefused('a\0b', /^Line 1 of allow_ips, "a\\u0000b",/);
});

test('a client address with a zone is matched without it', () => {
  assert.equal(listOf('fe80::/10').matches('fe80::1%eth0'), true);
  assert.equal(listOf('10.0.0.1').matches('10.0.0.1%eth0'), false);
});

test('a list holds at most 1000 entries', () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, index) => `10.0.${index >> 8}.${index & 255}`).join('\n');
  assert.equal(listOf(lines(1000)).matches('10.0.3.231'), true);
  assertRefused(lines(1001), /more than 1000 entries/);
});
