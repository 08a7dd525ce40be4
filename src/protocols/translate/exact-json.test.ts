/** Numbers keep their text from parsing to writing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseExactly } from './exact-json.ts';

describe('parsing JSON exactly', () => {
  it('numbers that JavaScript cannot hold are written as they were', () => {
    for (const text of [
      '{"id":12345678901234567890}',
      '[-9007199254740993,1e999,0.12345678901234567891]',
      '{"a":{"b":[1152921504606846977,"1152921504606846977"]}}',
    ]) {
      assert.equal(JSON.stringify(parseExactly(text)), text);
    }
  });

  it('everything else is as JSON.parse has it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        assert.equal(JSON.stringify(parseExactly(text)), text);
      }),
    );
    assert.equal(JSON.stringify(parseExactly('[1.0, 10, 1234567890123456]')), '[1,10,1234567890123456]');
    assert.throws(() => parseExactly('{"id":12345678901234567890'), SyntaxError);
  });
});
