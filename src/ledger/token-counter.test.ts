import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base';
import { cl100k_base, o200k_harmony } from 'gpt-tokenizer/modelsMap';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { limits } from '../platform/limits.ts';
import { TokenCounter } from './token-counter.ts';
import { countedLength, type Encoding, encodingOf, tokensByBytes } from './token-encoding.ts';
import { tally } from './token-tally.ts';
import { tokenizerOf } from './tokenizers.ts';

const ordinary = { disallowedSpecial: new Set<string>() };
const own: Readonly<Record<Encoding, (text: string) => number>> = {
  o200k_base: (text) => countO200k(text, ordinary),
  cl100k_base: (text) => countCl100k(text, ordinary),
};
const encodings = ['o200k_base', 'cl100k_base'] as const;
const always = () => true;

/** Texts of the kinds of things that tokenizers cut at. */
const bit = fc.oneof(
  fc.constantFrom(
    ' ',
    '  ',
    '\n',
    ' \n\n',
    '\t',
    'word',
    ' Word',
    "'ll",
    '123456',
    '!?',
    '.\n',
    '中文',
    '<|endoftext|>',
  ),
  fc
    .constantFrom('a', 'A', ' ', '\n', '.', '中', 'xyzzy', '\u0301')
    .chain((unit) => fc.integer({ min: 1, max: 400 }).map((times) => unit.repeat(times))),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const texts = fc.array(bit, { maxLength: 30 }).map((bits) => bits.join(''));

describe('the tally of tokens', () => {
  for (const encoding of encodings) {
    it(`${encoding}: is the tokenizer's own where no word is long, and else a bound of it`, async () => {
      const tokenizer = await tokenizerOf(encoding);
      fc.assert(
        fc.property(texts, (text) => {
          const found = tally(text, tokenizer, always);
          const truth = own[encoding](text);
          assert.equal(found.end, text.length);
          assert.ok(
            found.counted + found.longBytes >= truth,
            `${found.counted} + ${found.longBytes} < ${truth}`,
          );
          if (found.longBytes === 0) assert.equal(found.counted, truth);
          assert.ok(found.longTokens <= found.longBytes);
        }),
        { numRuns: 300 },
      );
    });

    it(`${encoding}: counts a long text in parts as in one`, async () => {
      const tokenizer = await tokenizerOf(encoding);
      for (const text of [
        'The fox  jumps.\n\n  Over 12345! '.repeat(4000),
        '!\n'.repeat(40_000),
        ' \tx'.repeat(30_000),
      ]) {
        const { counted, longBytes } = tally(text, tokenizer, always);
        const truth = own[encoding](text);
        assert.ok(counted + longBytes >= truth && counted <= truth + 10, `${counted} of ${truth}`);
      }
    });

    it(`${encoding}: what is left when time is up is a part that counts by itself`, async () => {
      const tokenizer = await tokenizerOf(encoding);
      const text = 'Some words,  and more of them.\n'.repeat(3000);
      let asked = 0;
      const { counted, longBytes, end } = tally(text, tokenizer, () => ++asked < 4);
      assert.ok(end < text.length && end > 0);
      assert.ok(counted + longBytes + own[encoding](text.slice(end)) >= own[encoding](text));
    });
  }

  it('a text cut to the limit counts as in the whole', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 300 }), (text, max) => {
        const length = countedLength(text, max);
        assert.ok(length <= Math.max(max, 0));
        if (text.length <= max) assert.equal(length, text.length);
        const parts = own.o200k_base(text.slice(0, length)) + own.o200k_base(text.slice(length));
        assert.equal(parts, own.o200k_base(text));
      }),
    );
  });
});

describe('encodingOf', () => {
  it('knows the families that the tokenizer library knows', () => {
    const newest = cl100k_base.filter((model) => !/^gpt-3.5-0301$/.test(model));
    for (const model of nonEmpty(newest)) assert.equal(encodingOf(model), 'cl100k_base', model);
    for (const model of [
      ...o200k_harmony,
      'gpt-4o-mini',
      'gpt-4.1',
      'gpt-5.2-pro',
      'o1',
      'o3-mini',
      'o4-mini',
    ]) {
      assert.equal(encodingOf(model), 'o200k_base', model);
    }
    assert.equal(encodingOf('openai/gpt-4o'), 'o200k_base');
    assert.equal(encodingOf('ft:gpt-3.5-turbo:org::id'), 'cl100k_base');
  });

  it('guesses at no others', () => {
    for (const model of [
      'claude-opus-4',
      'gemini-2.5-pro',
      'gpt-6',
      'o200',
      'llama',
      '',
      'gpt-2',
      'my-gpt-4o',
    ]) {
      assert.equal(encodingOf(model), undefined, model);
    }
  });
});

describe('TokenCounter', () => {
  const counter = new TokenCounter();
  after(() => counter.close());

  it("counts as the model does, and its bound is the model's own count", async () => {
    const text = 'Hello <|endoftext|> wörld, 中文!\n';
    assert.deepEqual(await counter.count('gpt-4o', text), { tokens: own.o200k_base(text), exact: true });
    assert.deepEqual(await counter.count('gpt-4', text), { tokens: own.cl100k_base(text), exact: true });
    assert.equal(await counter.boundFor('gpt-4o', text), own.o200k_base(text));
    assert.deepEqual(await counter.count('gpt-4o', ''), { tokens: 0, exact: true });
  });

  it('goes by bytes for a model without a tokenizer', async () => {
    assert.deepEqual(await counter.count('claude', 'ééé'), { tokens: 2, exact: false });
    assert.equal(await counter.boundFor('claude', 'abc'), undefined);
  });

  it('answers in the order of many texts at once', async () => {
    const many = Array.from({ length: 40 }, (_, n) => 'word '.repeat(n + 1));
    const counts = await Promise.all(many.map((text) => counter.count('gpt-4o', text)));
    assert.deepEqual(
      counts.map(({ tokens }) => tokens),
      many.map(own.o200k_base),
    );
  });

  it('gives a text with endless words no more than a bound, at once', async () => {
    for (const text of ['a'.repeat(100_000), ' '.repeat(500_000), '\u0301'.repeat(100_000)]) {
      const { tokens, exact } = await counter.count('gpt-4o', text);
      assert.equal(exact, false);
      assert.ok(tokens > 0 && tokens <= Buffer.byteLength(text));
      assert.equal(await counter.boundFor('gpt-4o', text), Buffer.byteLength(text));
    }
    assert.equal(await counter.boundFor('gpt-4o', 'zQ!'.repeat(400_000)), undefined);
  });

  it('counts the rest of a text beyond the limit by bytes', async () => {
    const text = 'word '.repeat(limits.counted_text_chars_max / 4);
    const { tokens, exact } = await counter.count('gpt-4o', text);
    assert.equal(exact, false);
    assert.ok(tokens > text.length / 5);
    assert.ok(((await counter.boundFor('gpt-4o', text)) ?? 0) >= text.length / 5);
  });

  it('goes by bytes without time', async () => {
    const hurried = new TokenCounter({ msMax: 0 });
    const text = 'word '.repeat(10_000);
    const { tokens, exact } = await hurried.count('gpt-4o', text);
    assert.equal(exact, false);
    assert.ok(tokens >= 10_000 && tokens <= tokensByBytes(text));
    await hurried.close();
  });

  it('goes by bytes at once when too many texts wait, and once closed', async () => {
    const busy = new TokenCounter({ waitingMax: 1 });
    const first = busy.count('gpt-4o', 'hello');
    assert.deepEqual(await busy.count('gpt-4o', 'hello'), { tokens: 2, exact: false });
    assert.equal(await busy.boundFor('gpt-4o', 'hello'), undefined);
    assert.deepEqual(await first, { tokens: 1, exact: true });
    const last = busy.count('gpt-4o', 'hello');
    await busy.close();
    assert.deepEqual(await last, { tokens: 2, exact: false });
    assert.deepEqual(await busy.count('gpt-4o', 'hello'), { tokens: 2, exact: false });
  });

  it('starts a new thread when one dies, and what waited goes by bytes', async () => {
    const code = `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ id, argument: { text } }) => {
        if (text === 'die') process.exit(1);
        parentPort.postMessage({ id, result: { counted: 9, longTokens: 0, longBytes: 0, end: text.length } });
      });`;
    const mortal = new TokenCounter({
      threadFile: new URL(`data:text/javascript,${encodeURIComponent(code)}`),
    });
    assert.equal((await mortal.count('gpt-4o', 'hello')).tokens, 9);
    const [died, behind] = [mortal.count('gpt-4o', 'die'), mortal.boundFor('gpt-4o', 'hello')];
    assert.deepEqual(await died, { tokens: 1, exact: false });
    assert.equal(await behind, undefined);
    assert.equal((await mortal.count('gpt-4o', 'hello')).tokens, 9);
    await mortal.close();
  });
});
