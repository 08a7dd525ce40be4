/** What requests for pictures may use at most. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../platform/limits.ts';
import type { JsonObject } from '../protocol.ts';
import { imagesRequest } from './images-request.ts';

const boundOf = (body: JsonObject) => imagesRequest.bound(body, JSON.stringify(body).length);

test('output is bounded by quality and size, as the most lenient upstream reads them', () => {
  const cases: readonly (readonly [JsonObject, number])[] = [
    [{}, 7024],
    [{ quality: 'auto', size: 'auto' }, 7024],
    [{ quality: 'unheard of', size: 'huge' }, 7024],
    [{ quality: 'low' }, 408],
    [{ quality: 'Medium' }, 1756],
    [{ quality: 'high', size: '1536x1024' }, 6240],
    [{ quality: 'high', size: '3840x2160' }, 13_342],
    [{ quality: 'low', size: '2880*2880' }, 659],
    [{ quality: 'low', 'quality[]': 'high', Size: '64x64', size: '1024x1024' }, 7024],
    [{ size: '00x00' }, 7024],
    [{ partial_images: '1e400' }, 2 ** 31],
    [{ size: '99999x99999', output_format: 'gif', frame_count: 1e300 }, 2 ** 31],
    [{ quality: 'max' }, 28_096],
    [{ quality: 'low', partial_images: '3' }, 408 + 300],
    [{ quality: 'low', output_format: 'gif' }, 408 * 16],
    [{ quality: 'low', output_format: 'gif', frame_count: 2 }, 408 * 2],
  ];
  for (const [body, tokens] of cases) assert.equal(boundOf(body).outputTokens, tokens, JSON.stringify(body));
});

test('input pictures count as media, by whichever name and in whichever form they come', () => {
  const data = `data:image/png;base64,${'A'.repeat(10_000)}`;
  const file = { filename: 'a.png', content_type: 'image/png', bytes: 9 };
  const bodies: readonly (readonly [JsonObject, number])[] = [
    [{ image: data }, 1],
    [{ image: [data, 'https://x/y'], mask: 'A'.repeat(5000) }, 3],
    [{ images: [{ image_url: data }, { file_id: 'file-1' }], mask: { image_url: { url: data } } }, 3],
    [{ 'image[]': [file, file], 'image[0]': file, mask: file }, 4],
    [{ image: null, mask: '' }, 0],
  ];
  for (const [fields, pictures] of bodies) {
    const bound = boundOf({ prompt: 'a cat', ...fields });
    const mediaTokens = pictures * limits.image_input_tokens;
    assert.equal(bound.mediaTokens, mediaTokens);
    assert.ok(bound.inputTokens - mediaTokens < 300, String(bound.inputTokens - mediaTokens));
    const { text, extraTokens } = imagesRequest.text({ prompt: 'a cat', ...fields });
    assert.equal(text, 'a cat');
    assert.ok(extraTokens >= pictures * limits.media_tokens);
  }
});

test('a prompt is text, however it looks', () => {
  const prompt = `data:image/png;base64,${'A'.repeat(10_000)}`;
  assert.ok(boundOf({ prompt }).inputTokens >= prompt.length);
});

test('lists as long as a body may have are read once', () => {
  const many = Array.from({ length: 300_000 }, (_, index) => String(index));
  const bound = boundOf({ n: many, quality: many, size: many, partial_images: many, image: many });
  assert.equal(bound.choices, many.length - 1);
  assert.equal(bound.mediaTokens, many.length * limits.image_input_tokens);
  assert.equal(bound.outputTokens, 7024 + (many.length - 1) * limits.partial_image_output_tokens);
});
