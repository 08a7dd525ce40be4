import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HalleyError } from '../platform/errors.ts';
import { parseId } from './ids.ts';

function read(segment: string): number | string {
  try {
    return parseId(segment);
  } catch (error) {
    return error instanceof HalleyError ? error.code : 'other';
  }
}

test('every positive whole number in plain digits is its id, and no other spelling of it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (id) => {
      assert.equal(read(String(id)), id);
      for (const other of [
        `0${id}`,
        `+${id}`,
        `-${id}`,
        `${id}.0`,
        `${id} `,
        ` ${id}`,
        `${id}e0`,
        `%3${id}`,
      ]) {
        assert.equal(read(other), 'invalid_id');
      }
    }),
  );
});

test('any text is an id spelt exactly so, or refused', () => {
  fc.assert(
    fc.property(fc.string(), (segment) => {
      const id = read(segment);
      assert.ok(
        typeof id === 'number' ? String(id) === segment : id === 'invalid_id' || id === 'no_such_record',
      );
    }),
  );
});

test('an id that no record can have is unknown up to 2^63-1, and invalid beyond', () => {
  for (const id of ['9007199254740992', '9223372036854775807']) assert.equal(read(id), 'no_such_record');
  for (const id of ['9223372036854775808', '9'.repeat(400), '']) assert.equal(read(id), 'invalid_id');
});
