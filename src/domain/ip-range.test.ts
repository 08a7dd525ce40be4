import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAddress } from './ip-range.ts';

/** Texts that are nearly addresses: parts of them, joined. */
const part = fc.constantFrom(
  ...'0 1 9 00 01 10 25 255 256 999 0x1 a f ffff fffff : :: . .. % %eth0 / + -'.split(' '),
  ' ',
);
const near = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
const ipv6 = fc.ipV6().chain((text) => fc.tuple(fc.constant(text), fc.nat({ max: text.length })));

test('an address is what Node takes for one, without a zone', () => {
  const agrees = (text: string) => {
    const isAddress = isIP(text) !== 0 && !text.includes('%');
    assert.equal(parseAddress(text) !== undefined, isAddress, text);
  };
  const known = [
    '::',
    '::1',
    '1::',
    '::ffff:1.2.3.4',
    '::1.2.3',
    '::01.2.3.4',
    '::ffff:0x1.2.3.4',
    '1.2.3.4',
    '01.2.3.4',
  ];
  for (const text of [...known, '1.2.3', '127.1', '2130706433', '::1%1', ':::', '1::2::3', '::00001'])
    agrees(text);
  fc.assert(fc.property(near, agrees), { numRuns: 3000 });
  fc.assert(fc.property(fc.ipV4(), agrees));
  fc.assert(
    fc.property(ipv6, fc.constantFrom('', ':', '.', '0', 'g'), ([text, at], added) =>
      agrees(text.slice(0, at) + added + text.slice(at)),
    ),
    { numRuns: 3000 },
  );
});
