import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HalleyError } from '../platform/errors.ts';
import { checkKeyName } from './name.ts';

function assertRefused(name: string, why: RegExp): void {
  assert.throws(
    () => checkKeyName(name),
    (error) => error instanceof HalleyError && error.param === 'name' && why.test(error.message),
  );
}

test('names of up to 50 characters are taken, counting characters and not bytes or UTF-16 units', () => {
  for (const name of ['', 'x', 'é'.repeat(50), '🗝'.repeat(50), ' %_\\ ']) checkKeyName(name);
  for (const name of ['x'.repeat(51), '🗝'.repeat(51), 'x'.repeat(1_000_000)]) {
    assertRefused(name, /longer than 50 characters/);
  }
});

test('control characters and halves of surrogate pairs are refused', () => {
  for (const name of ['a\nb', '\0', '\x7f', '\x85']) assertRefused(name, /control character/);
  for (const name of ['\ud83d', 'a\udd1db', '\udd1d\ud83d']) assertRefused(name, /surrogate/);
});

function isControl(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

test('a name is taken exactly when it is short, well-formed and without control characters', () => {
  const name = fc.string({
    unit: fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.constant('\ud800')),
    maxLength: 60,
  });
  fc.assert(
    fc.property(name, (text) => {
      const good = [...text].length <= 50 && text.isWellFormed() && ![...text].some(isControl);
      if (good) checkKeyName(text);
      else assertRefused(text, /^The name/);
    }),
  );
});
