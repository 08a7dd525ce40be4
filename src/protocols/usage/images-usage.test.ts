/** Pictures in responses that break off, come in small pieces, or say odd things. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { piecesOf } from '../../../tests/support/pieces.ts';
import { noUsage } from '../../domain/usage.ts';
import { imagesUsageReader } from './images-usage.ts';

const base64 = 'iVBORw0KGgo'.repeat(100_000);
const usage = { input_tokens: 5, output_tokens: 7, total_tokens: 12 };

/** @param size of the pieces in which it arrives, in bytes */
function read(form: 'json' | 'sse', text: string, size = text.length) {
  const reader = imagesUsageReader(form);
  const starts = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => index * size);
  for (const piece of piecesOf(
    form,
    starts.map((at) => Buffer.from(text.slice(at, at + size))),
  ))
    reader.push(piece);
  return { ...reader.finish(true), output: reader.output() };
}

test('a whole response reads the same in pieces of any size', () => {
  const data = [{ b64_json: base64 }, { b64_json: null, url: 'https://x/y' }];
  const text = JSON.stringify({ data, quality: 'HIGH', size: '1024x1024', usage });
  const whole = read('json', text);
  assert.deepEqual(whole.usage, {
    ...noUsage,
    inputTokens: 5,
    outputTokens: 7,
    imageOutputTokens: 7,
    images: 2,
  });
  assert.equal(whole.variant, 'high/1024x1024');
  for (const size of [4093, 65_536]) assert.deepEqual(read('json', text, size), whole);
});

test('a response that breaks off has the pictures that are whole, and one that is begun', () => {
  const text = JSON.stringify({ data: [{ b64_json: base64 }, { b64_json: base64 }] });
  const broken = read('json', text.slice(0, -base64.length / 2), 65_536);
  assert.equal(broken.usage?.images, 1);
  assert.deepEqual(broken.output, { text: '', images: 1, partialImages: 1 });
});

test('the names of members within a text are no pictures', () => {
  const revised_prompt = 'a sign that says "url": "x" and "b64_json": "y"';
  const { usage: read1 } = read('json', JSON.stringify({ data: [{ url: 'https://x', revised_prompt }] }));
  assert.equal(read1?.images, 1);
});

test('a stream adds what each whole picture reports, however long its events are', () => {
  const event = (type: string, fields: object) => `data: ${JSON.stringify({ type, ...fields })}\n\n`;
  const text =
    event('image_edit.partial_image', { b64_json: base64 }) +
    event('image_edit.completed', { b64_json: base64, quality: 'low', size: '64x64', usage }) +
    event('image_edit.partial_image', { b64_json: 'QUJD' }) +
    event('image_edit.completed', { b64_json: 'QUJD', usage });
  for (const size of [text.length, 50_021]) {
    const { usage: sum, variant, output } = read('sse', text, size);
    assert.deepEqual([sum?.inputTokens, sum?.imageOutputTokens, sum?.images], [10, 14, 2]);
    assert.equal(variant, 'low/64x64');
    assert.deepEqual(output, { text: '', images: 2, partialImages: 0 });
  }
  const begun = read('sse', text.slice(0, base64.length / 2), 50_021);
  assert.equal(begun.usage, undefined);
  assert.deepEqual(begun.output, { text: '', images: 0, partialImages: 1 });
});
