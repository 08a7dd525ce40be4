import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty } from '../../tests/support/non-empty.ts';
import { ManualClock } from '../platform/clock.ts';
import type { MultiplierRow, PriceRow } from '../store/ledger-store.ts';
import { PriceBook } from './price-book.ts';
import { noPrice } from './test-rates.ts';

const start = 1_800_000_000;

let ids = 0;
function price(model: string, effectiveFrom = 0, input = 1): PriceRow {
  ids += 1;
  return {
    id: ids,
    model,
    effectiveFrom,
    source: 'test',
    createdAt: 0,
    ...noPrice,
    input,
  };
}

async function bookOf(prices: PriceRow[], multipliers: MultiplierRow[] = []) {
  const clock = new ManualClock(start * 1000);
  const store = { listPrices: async () => prices, listMultipliers: async () => multipliers };
  const book = new PriceBook({ store, clock });
  await book.load();
  return { book, clock };
}

test('a model has its own price, else that of the longest beginning, else none', async () => {
  const [own, short, long] = [price('gpt-4o'), price('gpt-*'), price('gpt-4o-*')];
  const { book } = await bookOf([own, short, long]);
  assert.equal(book.find('gpt-4o')?.priceId, own.id);
  assert.equal(book.find('gpt-4o-mini')?.priceId, long.id);
  assert.equal(book.find('gpt-4')?.priceId, short.id);
  for (const model of ['gpt', 'GPT-4o', '', 'claude']) {
    assert.equal(book.find(model), undefined, model);
    assert.equal(book.find(model), undefined, `${model} again`);
  }
  const any = price('*');
  const { book: open } = await bookOf([any]);
  assert.equal(open.find('whatever')?.priceId, any.id);
});

test('prices and multipliers take force by themselves when their time comes', async () => {
  const [now, later] = [price('a', start - 5), price('a', start + 60)];
  const beginning = price('b*', start + 60);
  const { book, clock } = await bookOf(
    [later, beginning, now],
    [
      { group: 'vip', effectiveFrom: start + 30, multiplier: 800_000 },
      { group: 'vip', effectiveFrom: start + 60, multiplier: 500_000 },
    ],
  );
  const seen = () => [book.find('a')?.priceId, book.find('bb')?.priceId, book.multiplierOf('vip')];
  assert.deepEqual(seen(), [now.id, undefined, 1_000_000]);
  clock.advance(29_999);
  assert.deepEqual(seen(), [now.id, undefined, 1_000_000]);
  clock.advance(1);
  assert.deepEqual(seen(), [now.id, undefined, 800_000]);
  clock.advance(30_000);
  assert.deepEqual(seen(), [later.id, beginning.id, 500_000]);
  assert.equal(book.multiplierOf('default'), 1_000_000);
});

test('a clock that is set back brings the earlier price back', async () => {
  const [before, after] = [price('a', 0), price('a', start)];
  const { book, clock } = await bookOf([before, after]);
  assert.equal(book.find('a')?.priceId, after.id);
  clock.now = () => (start - 1) * 1000;
  assert.equal(book.find('a')?.priceId, before.id);
});

test('a load that ends late does not bring back what a newer one has replaced', async () => {
  const [older, newer] = [price('a'), price('a')];
  const answers: ((rows: PriceRow[]) => void)[] = [];
  const store = {
    listPrices: () => new Promise<PriceRow[]>((resolve) => answers.push(resolve)),
    listMultipliers: async () => [],
  };
  const book = new PriceBook({ store, clock: new ManualClock() });
  const loads = [book.load(), book.load()];
  answers[1]?.([newer]);
  await loads[1];
  answers[0]?.([older]);
  await loads[0];
  assert.equal(book.find('a')?.priceId, newer.id);
});

test('the book finds what a search through all rows finds, at any time and in any order of questions', async () => {
  const model = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 });
  const row = fc.tuple(model, fc.boolean(), fc.integer({ min: -3, max: 3 }));
  const question = fc.tuple(model, fc.nat(2));
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 12 }), fc.array(question), async (rows, questions) => {
      const named = rows.map(([name, open, date]) => price(open ? `${name}*` : name, start + date));
      const unique = named.filter(
        (one, index) =>
          named.findIndex((b) => b.model === one.model && b.effectiveFrom === one.effectiveFrom) === index,
      );
      const { book, clock } = await bookOf(unique);
      for (const [asked, seconds] of maybeEmpty(questions)) {
        clock.advance(seconds * 1000);
        const now = Math.floor(clock.now() / 1000);
        const best = unique
          .filter(({ effectiveFrom }) => effectiveFrom <= now)
          .filter((one) =>
            one.model.endsWith('*') ? asked.startsWith(one.model.slice(0, -1)) : one.model === asked,
          )
          .sort((x, y) => rank(y) - rank(x) || y.effectiveFrom - x.effectiveFrom)[0];
        assert.equal(book.find(asked)?.priceId, best?.id);
      }
    }),
  );
});

const rank = ({ model }: PriceRow) => (model.endsWith('*') ? model.length : 1000);
