import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from './receipt.ts';

test('canonical JSON is that of the example of RFC 8785, without its fractions', () => {
  const value = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '1': 'One',
    '\u0080': 'Control',
    '\ud83d\ude02': 'Smiley',
    '\u00f6': 'O',
    '\ufb33': 'Dalet',
  };
  assert.equal(
    canonicalJson({ ...value, list: [null, true, 1e21], '': {} }),
    '{"":{},"\\r":"Carriage Return","1":"One","list":[null,true,1e+21],"\u0080":"Control","\u00f6":"O","\u20ac":"Euro Sign","\ud83d\ude02":"Smiley","\ufb33":"Dalet"}',
  );
});

test('canonical JSON says the same, whatever the order of the members', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, each]) => [name, shuffled(each)]),
    );
  };
  const json = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(json, (value) => {
      assert.equal(canonicalJson(shuffled(value)), canonicalJson(value));
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});
