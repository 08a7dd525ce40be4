import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty } from '../../tests/support/non-empty.ts';
import { cut, gap, layOut, type Measure, padded, widthOf } from './layout.ts';

const measure = fc.record({
  natural: fc.integer({ min: 1, max: 60 }),
  shrinksTo: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  rank: fc.integer({ min: 0, max: 4 }),
});

const total = (widths: readonly number[]) =>
  widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1);

test('a table fits the width unless its mandatory columns cannot be truncated to it', () => {
  fc.assert(
    fc.property(
      fc.array(measure, { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 10, max: 200 }),
      (all, room) => {
        const { shown, widths } = layOut(all, room);
        const least = ({ natural, shrinksTo = natural }: Measure) => Math.min(natural, shrinksTo);
        const kept = shown.map((index) => all[index] as Measure);
        assert.ok(total(widths) <= room || kept.every(({ rank }) => rank === 0));
        maybeEmpty(widths).forEach((width, index) => {
          const one = kept[index] as Measure;
          assert.ok(width >= least(one) && width <= one.natural);
        });
        // A column is omitted only after every column of a higher rank, and only if the table does not fit
        // otherwise.
        const left = all.filter((_, index) => !shown.includes(index));
        for (const one of maybeEmpty(left))
          for (const other of maybeEmpty(kept)) assert.ok(one.rank > other.rank);
        if (total(all.map(({ natural }) => natural)) <= room) assert.equal(shown.length, all.length);
      },
    ),
  );
});

test('truncation counts terminal cells, also for wide and combined characters', () => {
  assert.equal(cut('abcdef', 6), 'abcdef');
  assert.equal(cut('abcdefg', 6), 'abcde…');
  assert.equal(cut('東京都庁', 5), '東京…');
  assert.equal(cut('👩‍🚀👩‍🚀👩‍🚀', 5), '👩‍🚀👩‍🚀…');
  assert.equal(padded('東京', 6), '東京  ');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, width) => {
      assert.ok(widthOf(cut(text, width)) <= width);
    }),
  );
});
