import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { amount, masked, moment, printTable, visible } from './display.ts';
import type { Terminal } from './terminal.ts';

/** What is printed by `write` on a terminal of this kind. */
function printed(kind: Pick<Terminal, 'interactive' | 'color'>, write: (terminal: Terminal) => void): string {
  const lines: string[] = [];
  write({
    env: {},
    canAsk: false,
    print: (line) => lines.push(line),
    warn: () => assert.fail('nothing is to be warned of'),
    confirm: () => assert.fail('nothing is to be asked'),
    ...kind,
  });
  return lines.join('\n');
}

test('no text can steer the terminal or turn the direction of what follows', () => {
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

test('moments are in UTC, and -1 is never', () => {
  assert.equal(moment(Date.UTC(2027, 0, 2, 3, 4) / 1000), '2027-01-02 03:04Z');
  assert.equal(moment(-1), 'never');
  assert.equal(moment(1e300), '1e+300');
});

test('a key value shows its start and end only', () => {
  assert.equal(masked(`sk-abcd${'x'.repeat(40)}wxyz`), 'sk-abcd…wxyz');
  assert.equal(masked('sk-abcd**********wxyz'), 'sk-abcd**********wxyz');
});

test('where no person reads, a table is lines of tab-separated fields', () => {
  const text = printed({ interactive: false, color: false }, (terminal) =>
    printTable(terminal, ['ID', 'NAME'], [['1', 'a b']]),
  );
  assert.equal(text, 'ID\tNAME\n1\ta b');
});

test('without colour a table holds no escape sequence', () => {
  const table = (color: boolean) =>
    printed({ interactive: true, color }, (terminal) => printTable(terminal, ['ID'], [['1']]));
  assert.ok(!table(false).includes('\u001b'));
  assert.ok(table(true).includes('\u001b'));
});
