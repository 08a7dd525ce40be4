/** The published `openai` client, unmodified: pictures made, streamed and edited, and what is charged for them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { dataOf } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { deleteKey, startDemoGateway, usedQuota } from './demo-gateway.ts';

const gateway = await startDemoGateway();
after(() => gateway.stop());

const clientWith = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const model = 'demo-image';
const prompt = 'a cat';

/** A client with a key of its own, whose charge can be told. */
async function spender() {
  const key = await gateway.createKey();
  const charged = async (units: number) => {
    await until(async () => (await usedQuota(gateway, key)) > 0);
    assert.equal(await usedQuota(gateway, key), units);
  };
  return { client: clientWith(key.value), key, charged };
}

const drawn = await clientWith((await gateway.createKey()).value).images.generate({ model, prompt });
const picture = await toFile(Buffer.from(drawn.data?.[0]?.b64_json ?? '', 'base64'), 'cat.png', {
  type: 'image/png',
});

/** The same picture as a PNG with an alpha channel, as far as its header says. */
async function mask(width = 64) {
  const bytes = Buffer.from(await picture.arrayBuffer());
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt8(6, 25);
  return toFile(bytes, 'mask.png', { type: 'image/png' });
}

test('makes pictures, and charges the tokens that are reported', async () => {
  const { client, charged } = await spender();
  const { data, usage } = await client.images.generate({ model, prompt, n: 3, quality: 'low' });
  assert.equal(data?.length, 3);
  assert.equal(usage?.output_tokens, 3 * 256);
  await charged(usage?.total_tokens ?? 0);
});

test('streams a picture after its stages, and charges what the last event reports', async () => {
  const { client, charged } = await spender();
  const stream = await client.images.generate({ model, prompt, stream: true, partial_images: 2 });
  const events = await Array.fromAsync(stream);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['image_generation.partial_image', 'image_generation.partial_image', 'image_generation.completed'],
  );
  const last = events.at(-1);
  assert.ok(last?.type === 'image_generation.completed');
  assert.equal(last.b64_json, drawn.data?.[0]?.b64_json);
  assert.equal(last.usage.output_tokens, 256 + 2 * 100);
  await charged(last.usage.total_tokens);
});

test('a stream of several pictures is charged for each of them', async () => {
  const { client, charged } = await spender();
  const events = await Array.fromAsync(await client.images.generate({ model, prompt, stream: true, n: 2 }));
  const completed = events.flatMap((event) => (event.type === 'image_generation.completed' ? event : []));
  assert.equal(completed.length, 2);
  await charged(completed.reduce((sum, { usage }) => sum + usage.total_tokens, 0));
});

test('edits one picture, several, and one with a mask', async () => {
  const { client } = await spender();
  const edit = async (fields: Pick<OpenAI.ImageEditParams, 'image' | 'mask' | 'n'>) =>
    client.images.edit({ model, prompt, ...fields });
  const one = await edit({ image: picture });
  const several = await edit({ image: [picture, picture], n: 2 });
  const masked = await edit({ image: picture, mask: await mask() });
  assert.equal(one.usage?.input_tokens_details.image_tokens, 256);
  assert.equal(several.usage?.input_tokens_details.image_tokens, 2 * 256);
  assert.equal(several.data?.length, 2);
  assert.equal(masked.usage?.input_tokens_details.image_tokens, 2 * 256);
  assert.notEqual(masked.data?.[0]?.b64_json, one.data?.[0]?.b64_json);
  await assert.rejects(edit({ image: picture, mask: picture }), /alpha channel/);
  await assert.rejects(edit({ image: picture, mask: await mask(32) }), /as large as the image/);
});

test('streams an edit', async () => {
  const { client, charged } = await spender();
  const stream = await client.images.edit({ model, prompt, image: picture, stream: true, partial_images: 1 });
  const events = await Array.fromAsync(stream);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['image_edit.partial_image', 'image_edit.completed'],
  );
  const last = events.at(-1);
  assert.ok(last?.type === 'image_edit.completed');
  await charged(last.usage.total_tokens);
});

test('edits in JSON, by a link or a data URL', async () => {
  const { client, charged } = await spender();
  const data = `data:image/png;base64,${drawn.data?.[0]?.b64_json}`;
  const images = [{ image_url: 'https://example.com/cat.png' }, { image_url: data }];
  const answer = await client.post<OpenAI.ImagesResponse>('/images/edits', {
    body: { model, prompt, images },
  });
  assert.equal(answer.usage?.input_tokens_details.image_tokens, 2 * 256);
  await charged(answer.usage?.total_tokens ?? 0);
});

test('a key deleted in a stream ends it before its picture, and pays for the picture that it had begun', async () => {
  const { client, key } = await spender();
  const body = { model, prompt, stream: true, partial_images: 3, halley_demo: { chunk_ms: 60_000 } } as const;
  const stream = await client.images.generate(body);
  const seen: string[] = [];
  const reading = (async () => {
    for await (const { type } of stream) {
      seen.push(type);
      await deleteKey(gateway, key);
    }
  })();
  await assert.rejects(reading, (error) => error instanceof OpenAI.APIError && error.code === 'key_revoked');
  assert.deepEqual(seen, ['image_generation.partial_image']);
  const { items } = dataOf(await gateway.call('GET', '/api/log/')) as { items: Record<string, unknown>[] };
  const record = nonEmpty(items).find((item) => item.token_id === key.id);
  assert.equal(record?.type, 2);
  assert.equal(record?.completion_tokens, 1290);
});

test('variations are refused with what to use in their place', async () => {
  const { client } = await spender();
  await assert.rejects(client.images.createVariation({ model, image: picture }), (error) => {
    assert.ok(error instanceof OpenAI.APIError);
    assert.equal(error.status, 404);
    assert.match(error.message, /\/v1\/images\/edits/);
    return true;
  });
});

test('an SVG is refused before anything is sent', async () => {
  const { client } = await spender();
  for (const fields of [{ output_format: 'svg' }, { svg: { model: 'other' } }] as const) {
    await assert.rejects(client.images.generate({ model, prompt, ...fields }), /SVG/);
    await assert.rejects(client.images.edit({ model, prompt, image: picture, ...fields }), /SVG/);
  }
});
