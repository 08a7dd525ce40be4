/** Which bytes of a response are masked, and that all others stay, however the pieces are cut. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { piecesOf } from '../../tests/support/pieces.ts';
import { Piece } from '../protocols/events/piece.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import { SecretMask } from '../upstreams/secret-mask.ts';
import { errorMask, type PieceFilter, WholeMask } from './error-mask.ts';

const secret = 'sk-operator-0123456789';
const mask = new SecretMask([secret]);

function filtered(form: ResponseForm, filter: PieceFilter, text: string, cuts: readonly number[]): string {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  const chunks = places.slice(1).map((end, index) => Buffer.from(text.slice(places[index], end)));
  const shown = piecesOf(form, chunks).flatMap((piece) => filter.push(piece) ?? []);
  return Buffer.concat([...shown, filter.flush() ?? []].flat().map(({ bytes }) => bytes)).toString('utf8');
}

const chunk = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
const error = `data: ${JSON.stringify({ error: { message: `bad key ${secret}` } })}\n\n`;
const named = `event: error\ndata: {"type":"error","error":{"message":"${secret}"}}\n\n`;
const cuts = fc.array(fc.nat(2000), { maxLength: 40 });

test('events: an error is masked, and every other byte stays, however they are cut', () => {
  const sound = fc.constantFrom(
    chunk('plain words'),
    chunk(`an error? ${secret}`),
    ': keep-alive\n\n',
    'data: [DONE]\n\n',
    chunk('größer').replaceAll('\n', '\r\n'),
  );
  fc.assert(
    fc.property(
      fc.array(sound),
      fc.constantFrom('', error, named),
      fc.array(sound),
      cuts,
      (a, bad, b, split) => {
        const [before, after] = [a.join(''), b.join('')];
        const shown = filtered('sse', errorMask('sse', mask), before + bad + after, split);
        assert.equal(shown, before + bad.replaceAll(secret, '[redacted]') + after);
      },
    ),
  );
});

test('events: an error that breaks off is masked too', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: error.indexOf(secret) + secret.length, max: error.length }),
      cuts,
      (length, split) => {
        const text = chunk('hello') + error.slice(0, length);
        assert.ok(!filtered('sse', errorMask('sse', mask), text, split).includes(secret));
      },
    ),
  );
});

test('events that are no errors go on in the turn in which they come', () => {
  const filter = errorMask('sse', mask);
  for (const event of [chunk('hello'), chunk('an error'), 'data: [DONE]\n\n']) {
    assert.equal(filter.push(new Piece(Buffer.from(event), 'events'))?.bytes.toString(), event);
  }
  const half = Buffer.from('data: {"choices":[{"delta":');
  assert.equal(filter.push(new Piece(half, 'part'))?.bytes, half);
});

test('events: one that comes in parts is masked from the part that says error, also where the word is cut', () => {
  const filler = 'x'.repeat(100_000);
  const text = `data: {"padding":"${filler}","error":{"message":"${filler}${secret}"}}\n\n`;
  const word = text.indexOf('error');
  for (const cutAt of [word - 1, word + 2, word + 5]) {
    const shown = filtered('sse', errorMask('sse', mask), chunk('a') + text + chunk('b'), [
      cutAt + chunk('a').length,
      cutAt + 90_000,
    ]);
    assert.equal(shown, chunk('a') + text.replace(secret, '[redacted]') + chunk('b'));
  }
});

test('an array: from the error on it is masked, and before it nothing is', () => {
  const before = `[{"candidates":[{"text":"${secret}"}]}\n,`;
  fc.assert(
    fc.property(cuts, (split) => {
      const text = `${before}{"error":{"code":400,"message":"${secret}"}}]`;
      const shown = filtered(
        'json-array',
        errorMask('json-array', mask),
        text,
        split.map((cut) => cut % before.length),
      );
      assert.equal(shown, `${before}{"error":{"code":400,"message":"[redacted]"}}]`);
    }),
  );
});

test('a whole error is masked however it is cut', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), cuts, (before, after, split) => {
      const text = Buffer.from(before + secret + after).toString('utf8');
      const shown = filtered('json', new WholeMask(mask), text.replace(/[^\x20-\x7e]/g, '.'), split);
      assert.ok(!shown.includes(secret));
      assert.ok(shown.includes('[redacted]'));
    }),
  );
});
