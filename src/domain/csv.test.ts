import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty } from '../../tests/support/non-empty.ts';
import { csvLine, readCsv } from './csv.ts';

const formula = /^[=+\-@＝＋－＠\t\r\n]/;

/** A strict parser of RFC 4180. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let index = 0; index < text.length; ) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(text.slice(index));
    const field = quoted ?? /^[^",\r\n]*/.exec(text.slice(index));
    assert.ok(field);
    row.push(quoted ? (quoted[1] ?? '').replaceAll('""', '"') : field[0]);
    index += field[0].length;
    if (text[index] === ',') {
      index += 1;
      continue;
    }
    assert.equal(text.slice(index, index + 2), '\r\n');
    index += 2;
    rows.push(row);
    row = [];
  }
  return rows;
}

test('a strict reader gets back what the fields hold, and none begins like a formula', () => {
  const field = fc.oneof(fc.string(), fc.stringMatching(/^[=+\-@＝＋－＠\t\r",\n' a]{0,6}$/));
  fc.assert(
    fc.property(fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { maxLength: 4 }), (rows) => {
      const read = parse(rows.map(csvLine).join(''));
      assert.deepEqual(
        read,
        rows.map((row) =>
          row.map((text) => (formula.test(text) || text.startsWith("'") ? `'${text}` : text)),
        ),
      );
      for (const text of maybeEmpty(read.flat())) assert.doesNotMatch(text, formula);
    }),
  );
});

test('numbers stay numbers, negative ones too', () => {
  assert.equal(csvLine([-5, 1.5, true, '-5', '']), "-5,1.5,true,'-5,\r\n");
});

test('whatever is written is read back the same', () => {
  const cell = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\r') || !/\r(?!\n)/.test(text));
  const row = fc
    .array(cell, { minLength: 1, maxLength: 5 })
    .filter((cells) => cells.length > 1 || cells[0] !== '');
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      const text = rows.map(csvLine).join('');
      assert.deepEqual(
        readCsv(text).map(({ cells }) => cells),
        rows,
      );
    }),
  );
});

test('no cell begins with what a spreadsheet runs', () => {
  for (const start of ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'])
    assert.match(csvLine([`${start}1`]), /^"?'/, JSON.stringify(start));
  assert.equal(csvLine(["'x", -1, true]), "''x,-1,true\r\n");
});
