import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../../../tests/support/non-empty.ts';
import { rerankRequest } from '../../client/rerank-request.ts';
import { Piece } from '../../events/piece.ts';
import { strict } from '../test-translation.ts';
import { RerankTranslator } from './translator.ts';

const pairs = [
  ['jina', 'cohere'],
  ['jina', 'voyage'],
  ['cohere', 'jina'],
  ['cohere', 'voyage'],
] as const;

const facts = { model: 'm', requestId: 'q', createdAt: 1 };
const documents = fc.array(fc.oneof(fc.string(), fc.record({ text: fc.string(), id: fc.nat() })), {
  minLength: 1,
  maxLength: 20,
});
const textOf = (document: string | { readonly text: string }) =>
  typeof document === 'string' ? document : document.text;

test('documents go as texts in their order, and come back with their index, by falling score', () => {
  const scores = fc.array(fc.double({ noNaN: true, min: 0, max: 1 }), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(
      fc.constantFrom(...pairs),
      documents,
      scores,
      fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
      fc.boolean(),
      ([client, upstream], list, given, topN, returned) => {
        const translator = new RerankTranslator(client, upstream);
        const body = { model: 'x', query: 'q', documents: list, top_n: topN, return_documents: returned };
        const { body: sent, hints } = translator.request(body, 'm', 'json', strict);
        const texts = list.map(textOf);
        assert.deepEqual(sent.documents, texts);
        assert.equal(sent.model, 'm');
        const ranked = texts.map((_, index) => ({ index, relevance_score: given[index] ?? 0 }));
        const response = translator.response('json', 'json', { ...facts, ...hints });
        const told = JSON.stringify({ [upstream === 'voyage' ? 'data' : 'results']: ranked });
        response.push(new Piece(Buffer.from(told), 'part'));
        const { results } = JSON.parse(String(response.end())) as {
          results: { index: number; relevance_score: number; document?: { text: string } }[];
        };
        assert.equal(results.length, Math.min(list.length, topN ?? list.length));
        nonEmpty(results).forEach(({ index, relevance_score: score, document }, place) => {
          assert.equal(score, given[index]);
          assert.deepEqual(document, returned ? { text: texts[index] } : undefined);
          assert.ok(score <= (results[place - 1]?.relevance_score ?? 1));
        });
      },
    ),
  );
});

test('no bytes of an upstream throw', () => {
  const { hints } = new RerankTranslator('jina', 'cohere').request(
    { query: 'q', documents: ['a'] },
    'm',
    'json',
    strict,
  );
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      const response = new RerankTranslator('jina', 'cohere').response('json', 'json', {
        ...facts,
        ...hints,
      });
      response.push(new Piece(Buffer.from(text), 'part'));
      assert.equal(response.end() === undefined, response.failure !== undefined);
    }),
  );
});

test('ranked fields become lines with their names', () => {
  const { body } = new RerankTranslator('jina', 'cohere').request(
    { query: 'q', documents: [{ title: 'T', text: 'x', n: 3 }], rank_fields: ['title', 'n'] },
    'm',
    'json',
    strict,
  );
  assert.deepEqual(body.documents, ['title: T\nn: 3']);
});

test('a lenient translation leaves unknown fields out, and says so', () => {
  const body = { query: 'q', documents: ['a'], instruct: 'x', max_chunks_per_doc: 2 };
  const { dropped, body: sent } = new RerankTranslator('jina', 'cohere').request(body, 'm', 'json', {
    ...strict,
    policy: 'lenient',
  });
  assert.deepEqual(dropped, ['instruct', 'max_chunks_per_doc']);
  assert.deepEqual(sent, { model: 'm', query: 'q', documents: ['a'] });
});

test('search units: 100 documents each, and long ones count for every 500 tokens with the query', () => {
  const units = (query: string, list: readonly string[]) => {
    const body = { query, documents: list };
    const { pieces, unreported } = rerankRequest.bound(body, JSON.stringify(body).length);
    return [pieces.searchUnits, unreported?.usage.searchUnits];
  };
  const many = (count: number, bytes: number) => Array.from({ length: count }, () => 'x'.repeat(bytes));
  assert.deepEqual(units('q', many(100, 4)), [1, 1]);
  assert.deepEqual(units('q', many(101, 4)), [2, 2]);
  // 499 bytes beside a query of one.
  assert.deepEqual(units('q', many(100, 500)), [2, 1]);
  // As tokens of four bytes: 250 of the query, and 250 of the document in each chunk.
  assert.deepEqual(units('q'.repeat(2000), many(100, 1004)), [5, 2]);
  assert.deepEqual(units('', []), [1, 1]);
});

test('the bound of the tokens holds the query once for each document', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string(), { maxLength: 50 }), (query, list) => {
      const body = { query, documents: list };
      const { inputTokens, unreported } = rerankRequest.bound(body, Buffer.byteLength(JSON.stringify(body)));
      const read = Buffer.byteLength(query) * list.length + Buffer.byteLength(list.join(''));
      assert.ok(inputTokens >= read);
      assert.ok((unreported?.usage.inputTokens ?? 0) <= inputTokens);
    }),
  );
});
