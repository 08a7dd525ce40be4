/** Which bytes of an answer are masked, and that all others stay, however the pieces are cut. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SecretMask } from '../upstreams/secret-mask.ts';
import { errorMask, type PieceFilter, WholeMask } from './error-mask.ts';

const secret = 'sk-operator-0123456789';
const mask = new SecretMask([secret]);

function filtered(filter: PieceFilter, text: string, cuts: readonly number[]): string {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  const out: Buffer[] = [];
  for (let index = 1; index < places.length; index += 1) {
    const piece = text.slice(places[index - 1], places[index]);
    if (piece !== '') out.push(filter.push(Buffer.from(piece)) ?? Buffer.alloc(0));
  }
  out.push(filter.rest() ?? Buffer.alloc(0));
  return Buffer.concat(out).toString('utf8');
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
      (a, bad, b, at) => {
        const [before, after] = [a.join(''), b.join('')];
        const shown = filtered(errorMask('sse', mask), before + bad + after, at);
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
      (length, at) => {
        const text = chunk('hello') + error.slice(0, length);
        assert.ok(!filtered(errorMask('sse', mask), text, at).includes(secret));
      },
    ),
  );
});

test('events that are no errors go on in the turn in which they come', () => {
  const filter = errorMask('sse', mask);
  for (const event of [chunk('hello'), chunk('an error'), 'data: [DONE]\n\n']) {
    assert.equal(filter.push(Buffer.from(event))?.toString(), event);
  }
  const half = 'data: {"choices":[{"delta":';
  assert.equal(filter.push(Buffer.from(half))?.toString(), half);
});

test('an array: from the error on it is masked, and before it nothing is', () => {
  const before = `[{"candidates":[{"text":"${secret}"}]}\n,`;
  fc.assert(
    fc.property(cuts, (at) => {
      const text = `${before}{"error":{"code":400,"message":"${secret}"}}]`;
      const shown = filtered(
        errorMask('json-array', mask),
        text,
        at.map((cut) => cut % before.length),
      );
      assert.equal(shown, `${before}{"error":{"code":400,"message":"[redacted]"}}]`);
    }),
  );
});

test('a whole error is masked however it is cut', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), cuts, (before, after, at) => {
      const text = Buffer.from(before + secret + after).toString('utf8');
      const shown = filtered(new WholeMask(mask), text.replace(/[^\x20-\x7e]/g, '.'), at);
      assert.ok(!shown.includes(secret));
      assert.ok(shown.includes('[redacted]'));
    }),
  );
});
