import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { edited } from '../../protocols/json-bytes.ts';
import { memberEdits, topLevelOf } from './top-level.ts';

function changed(text: string, set: Record<string, unknown>): string {
  const bytes = Buffer.from(text);
  return Buffer.concat(edited([bytes], memberEdits(topLevelOf(bytes), set))).toString();
}

test('members are replaced, added and removed, and every other byte stays as it came', () => {
  const text =
    '{ "big": 12345678901234567890, "model": "a", "callback_url" : "https://x", "n":{"model":"b"} }';
  assert.equal(
    changed(text, { model: 'up', callback_url: undefined }),
    '{ "big": 12345678901234567890, "model": "up", "n":{"model":"b"} }',
  );
  assert.equal(changed('{}', { model: 'up', callback_url: undefined }), '{"model":"up"}');
  assert.equal(changed('{"a":1}', { model: 'up' }), '{"model":"up","a":1}');
  assert.equal(changed(' {"callback_url":"x"}', { callback_url: undefined }), ' {}');
  assert.equal(changed('{"a":1,"callback_url":"x"}', { callback_url: undefined }), '{"a":1}');
});

test('a name is found however it is written', () => {
  assert.equal(changed('{"mod\\u0065l":"a"}', { model: 'up' }), '{"mod\\u0065l":"up"}');
});

test('whatever is set and removed, the rest is the object that it was', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd', 'model', 'é"\\');
  const objects = fc.dictionary(names, fc.jsonValue({ maxDepth: 1 }), { noNullPrototype: true });
  const sets = fc.dictionary(names, fc.option(fc.string(), { nil: undefined }), { noNullPrototype: true });
  fc.assert(
    fc.property(objects, sets, fc.boolean(), (object, set, isSpaced) => {
      const made: unknown = JSON.parse(changed(JSON.stringify(object, null, isSpaced ? 2 : 0), set));
      assert.deepEqual(made, JSON.parse(JSON.stringify({ ...object, ...set })));
    }),
  );
});
