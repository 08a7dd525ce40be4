import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  amount,
  counted,
  JsonArray,
  masked,
  moment,
  printFields,
  printTable,
  relative,
  usd,
  visible,
} from './display.ts';
import type { Terminal } from './terminal.ts';

/** Returns what `write` prints on the given kind of terminal. */
function printed(
  kind: Pick<Terminal, 'interactive' | 'color'> & Partial<Pick<Terminal, 'columns'>>,
  write: (terminal: Terminal) => void,
): string {
  const lines: string[] = [];
  write({
    env: {},
    canAsk: false,
    columns: 80,
    closed: false,
    print: (line) => lines.push(line),
    warn: () => assert.fail('nothing is to be warned of'),
    confirm: () => assert.fail('nothing is to be asked'),
    ask: () => assert.fail('nothing is to be asked'),
    askSecret: () => assert.fail('nothing is to be asked'),
    ...kind,
  });
  return lines.join('\n');
}

test('escapes control characters and changes of text direction', () => {
  assert.equal(visible('a\u001b[31mb\n\u202ec'), 'a\\u{1b}[31mb\\u{a}\\u{202e}c');
  assert.equal(visible('Zoë 東京 👩‍🚀'), 'Zoë 東京 👩‍🚀');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(visible(text), /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});

test('amounts show units and USD', () => {
  assert.equal(amount(1_000_000), '1,000,000 (2.00 USD)');
  assert.equal(amount(1), '1 (0.000002 USD)');
  assert.equal(amount(-500_000), '-500,000 (-1.00 USD)');
});

test('formats times in UTC, and -1 as never', () => {
  assert.equal(moment(Date.UTC(2027, 0, 2, 3, 4) / 1000), '2027-01-02 03:04Z');
  assert.equal(moment(-1), 'never');
  assert.equal(moment(1e300), '1e+300');
});

test('shows only the start and end of a key value', () => {
  assert.equal(masked(`sk-abcd${'x'.repeat(40)}wxyz`), 'sk-abcd…wxyz');
  assert.equal(masked('sk-abcd**********wxyz'), 'sk-abcd**********wxyz');
});

test('without a terminal, a table is lines of tab-separated fields', () => {
  const text = printed({ interactive: false, color: false }, (terminal) =>
    printTable(terminal, ['ID', 'NAME'], [['1', 'a b']]),
  );
  assert.equal(text, 'ID\tNAME\n1\ta b');
});

test('a table without colours contains no escape sequence', () => {
  const table = (color: boolean) =>
    printed({ interactive: true, color }, (terminal) => printTable(terminal, ['ID'], [['1']]));
  assert.ok(!table(false).includes('\u001b'));
  assert.ok(table(true).includes('\u001b'));
});

test('short amounts and relative times use the largest whole unit', () => {
  assert.deepEqual([usd(1_000_000), usd(-250_000), usd(1)], ['$2.00', '-$0.50', '$0.000002']);
  const now = 1_800_000_000;
  const shown = [0, -1, now, now - 59, now - 60, now - 86_399, now + 40 * 86_400, now - 800 * 86_400];
  assert.deepEqual(
    shown.map((time) => relative(time, now)),
    ['', 'never', 'now', '59s ago', '1m ago', '23h ago', 'in 40d', '2y ago'],
  );
  assert.deepEqual([counted(1, 'entries'), counted(2000, 'keys')], ['1 entry', '2,000 keys']);
});

test('a long value of a record wraps below itself, not below its name', () => {
  const text = printed({ interactive: true, color: false, columns: 40 }, (terminal) =>
    printFields(terminal, [['models', 'gpt-4o-mini, gpt-4o, claude-sonnet-5, o3']]),
  );
  assert.equal(text, 'models  gpt-4o-mini, gpt-4o,\n        claude-sonnet-5, o3');
});

test('JSON written item by item equals the JSON of the complete array', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.json()), { maxLength: 4 }), (pieces) => {
      const items = pieces.map((piece) => piece.map((text) => JSON.parse(text) as unknown));
      const text = printed({ interactive: false, color: false }, (terminal) => {
        const output = new JsonArray(terminal);
        for (const piece of items) output.add(piece);
        output.end();
      });
      assert.deepEqual(JSON.parse(text), items.flat());
    }),
  );
  const separators = printed({ interactive: false, color: false }, (terminal) => {
    const output = new JsonArray(terminal);
    output.add(['a\u2028b']);
    output.end();
  });
  assert.deepEqual(JSON.parse(separators), ['a\u2028b']);
});
