import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { storableRow } from './replace.ts';
import type { TransferTable } from './tables.ts';

const table: TransferTable = {
  name: 'any',
  hasIds: false,
  columns: { id: 'integer', text: 'text', detail: 'json', bytes: 'bytes' },
};

const bad = fc.constantFrom('\0', '\ud800', '\udfff', '\\u0000', '\\ud800');
const text = fc.array(fc.oneof(fc.string({ unit: 'binary' }), bad)).map((parts) => parts.join(''));
const json = fc
  .jsonValue()
  .chain((value) => text.map((each) => ({ value, each, [each]: [each, null, 1.5] })));

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (Array.isArray(value)) return value.every(isStorable);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, each]) => isStorable(name) && isStorable(each));
}

test('whatever the texts, PostgreSQL can hold them, those inside JSON too, and nothing else is changed', () => {
  fc.assert(
    fc.property(fc.integer(), text, json, (id, plain, value) => {
      const row = JSON.stringify([id, plain, JSON.stringify(value), 'ab01']);
      const out = JSON.parse(storableRow(table, row)) as [number, string, string, string];
      assert.deepEqual([out[0], out[3]], [id, 'ab01']);
      assert.ok(isStorable(out[1]) && isStorable(JSON.parse(out[2])));
      assert.equal(out[1].length, plain.length);
      if (isStorable(plain)) assert.equal(out[1], plain);
      if (isStorable(value)) assert.equal(out[2], JSON.stringify(value));
    }),
    { numRuns: 500 },
  );
});

test('a row without such characters stays the same text, also where it looks like one that has them', () => {
  const row = JSON.stringify([1, 'a \\u0000 and \\ud800, written out', '["\\\\u0000"]', '00']);
  assert.equal(storableRow(table, row), row);
  assert.equal(storableRow(table, '[1,null,null,null]'), '[1,null,null,null]');
  assert.equal(
    storableRow(table, JSON.stringify([1, 'a\0b', '["\\u0000\\udc00",{"\\ud800":7}]', null])),
    JSON.stringify([1, 'a�b', '["��",{"�":7}]', null]),
  );
});
