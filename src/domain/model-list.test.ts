import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty } from '../../tests/support/non-empty.ts';
import { HalleyError } from '../platform/errors.ts';
import { parseModelList } from './model-list.ts';

function assertRefused(text: string, why: RegExp): void {
  assert.throws(
    () => parseModelList(text),
    (error) => error instanceof HalleyError && error.code === 'invalid_value' && why.test(error.message),
  );
}

const id = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.replaceAll(',', '.').trim())
  .filter((text) => text !== '' && !/\p{Cc}/u.test(text));

test('a list of different ids holds exactly these, whatever spaces are around them, and is stable', () => {
  fc.assert(
    fc.property(fc.uniqueArray(id, { maxLength: 20 }), fc.constantFrom('', ' ', '  '), (ids, space) => {
      const list = parseModelList(ids.map((each) => space + each + space).join(','));
      assert.deepEqual([...list.models], ids);
      assert.equal(list.text, ids.join(','));
      assert.deepEqual(parseModelList(list.text), list);
    }),
  );
});

test('any text is either a list or refused with a message for its owner', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        for (const model of maybeEmpty(parseModelList(text).models)) assert.equal(model, model.trim());
      } catch (error) {
        assert.ok(error instanceof HalleyError && error.code === 'invalid_value');
      }
    }),
  );
});

test('an empty list allows no model', () => {
  assert.deepEqual(parseModelList(' '), { models: new Set(), text: '' });
});

test('what is wrong is named: duplicates, empty items, long ids, control characters, half surrogates', () => {
  assertRefused('gpt-4o, o3,gpt-4o', /^Model 3 of model_limits, "gpt-4o", is named twice/);
  assertRefused('gpt-4o,,o3', /^Model 2 of model_limits, "", is empty/);
  assertRefused('gpt-4o,', /^Model 2 .*is empty/);
  assertRefused('x'.repeat(257), /longer than 256 characters/);
  assertRefused('a\nb', /^Model 1 of model_limits, "a\\nb", contains a control character/);
  assertRefused('a\ud800', /surrogate/);
  assertRefused(Array.from({ length: 1001 }, (_, index) => `m${index}`).join(','), /more than 1000 models/);
  assert.equal(
    parseModelList(Array.from({ length: 1000 }, (_, index) => `m${index}`).join(',')).models.size,
    1000,
  );
});
