import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMigration } from './migrations.ts';

const parse = (header: string, file = '0004-some-words.sql') =>
  parseMigration(file, 4, `${header}\n\nCREATE TABLE things (id bigint);\n`);

test('the header of a migration says what it does, and which code may still run beside it', () => {
  assert.equal(parse('-- Things.').oldestReader, undefined);
  assert.equal(parse('-- Things.\n-- More of them.\n-- oldest reader: 3').oldestReader, 3);
  assert.equal(parse('-- Things.\n-- oldest reader: 4').oldestReader, 4);
});

const wrong: readonly (readonly [string, string, string?])[] = [
  ['no header', ''],
  ['nothing but the oldest reader', '-- oldest reader: 3'],
  ['a line that is no comment', '-- Things.\nSELECT 1;\n-- oldest reader: 3'],
  ['an oldest reader that is not the last line', '-- oldest reader: 3\n-- Things.'],
  ['an oldest reader that is no number', '-- Things.\n-- oldest reader: three'],
  ['an oldest reader with something behind it', '-- Things.\n-- oldest reader: 3 or so'],
  ['a field with a misspelt name', '-- Things.\n-- oldest readers: 3'],
  ['an oldest reader newer than itself', '-- Things.\n-- oldest reader: 5'],
  ['a gap before its number', '-- Things.', '0005-some-words.sql'],
  ['a name without a number', '-- Things.', 'some-words.sql'],
  ['a name that is not of an SQL file', '-- Things.', '0004-some-words.ts'],
];
for (const [what, header, file] of wrong) {
  test(`a migration with ${what} is refused`, () =>
    assert.throws(() => parse(header, file), /^Error: migration/));
}
