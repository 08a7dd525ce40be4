/** The published `openai` client makes, watches, downloads, remixes and deletes videos of the demo upstream. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI, { NotFoundError, toFile } from 'openai';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

let gateway: Gateway;
let client: OpenAI;

before(async () => {
  gateway = await startGateway({
    env: { HALLEY_DEMO_ENABLED: 'true', HALLEY_UPSTREAMS_ALLOW_PRIVATE: 'false' },
  });
  const key = await gateway.createKey();
  client = new OpenAI({ apiKey: key.value, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
});

after(() => gateway.stop());

const model = 'demo-video';

test('a video from a form with a picture: created, watched, downloaded in parts, remixed, listed, deleted', async () => {
  const picture = await toFile(Buffer.alloc(200_000, 7), 'first.png', { type: 'image/png' });
  const failing = await client.videos.create({ model, prompt: 'fail at night' });
  const video = await client.videos.create({
    model,
    prompt: 'waves',
    seconds: '8',
    input_reference: picture,
  });
  assert.match(video.id, /^job_/);
  assert.deepEqual([video.object, video.model, video.seconds, video.prompt], ['video', model, '8', 'waves']);
  await assert.rejects(client.videos.downloadContent(video.id), NotFoundError);
  await until(async () => (await client.videos.retrieve(video.id)).status === 'completed', 200);
  const whole = Buffer.from(await (await client.videos.downloadContent(video.id)).arrayBuffer());
  assert.equal(whole.subarray(0, 6).toString(), 'GIF89a');
  const headers = { range: 'bytes=0-5' };
  const part = await client.videos.downloadContent(video.id, {}, { headers });
  assert.deepEqual([part.status, await part.text()], [206, 'GIF89a']);
  const remix = await client.videos.remix(video.id, { prompt: 'waves at night' });
  assert.deepEqual([remix.remixed_from_video_id, remix.seconds], [video.id, '8']);
  const { data } = await client.videos.list();
  assert.deepEqual(
    data.map(({ id }) => id),
    [remix.id, video.id, failing.id],
  );
  assert.equal((await client.videos.delete(video.id)).deleted, true);
  await assert.rejects(client.videos.retrieve(video.id), NotFoundError);
  await until(async () => (await client.videos.retrieve(failing.id)).status === 'failed', 200);
  const { items } = dataOf(await gateway.call('GET', '/api/task/self'));
  const tasks = (items as readonly Record<string, unknown>[]).map((task) => [
    task.task_id,
    task.status,
    task.quota,
  ]);
  assert.deepEqual(tasks, [
    [remix.id, 'IN_PROGRESS', 0],
    [video.id, 'SUCCESS', 8 * 500],
    [failing.id, 'FAILURE', 0],
  ]);
});

test('a URL that leads to an internal network is not taken for a callback', async () => {
  const addresses = [
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://localhost/x',
    'http://example.com/x',
    'x',
  ];
  for (const callback_url of [...addresses, 'https://10.0.0.1/x', 'https://user:word@example.com/', 7]) {
    const refused = client.post('/videos', { body: { model, prompt: 'waves', callback_url } });
    await assert.rejects(refused, { status: 400, param: 'callback_url' });
  }
});

test('a form that names the model twice, or a model that the key may not use, is refused as it arrives', async () => {
  const limited = await gateway.createKey({ model_limits_enabled: true, model_limits: 'demo-chat' });
  const form = new FormData();
  form.append('model', model);
  form.append('prompt', 'waves');
  form.append('input_reference', new Blob([Buffer.alloc(2_000_000)]), 'large.png');
  const send = (key: string, body: FormData) =>
    fetch(`${gateway.url}/v1/videos`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body });
  const denied = await send(limited.value, form);
  assert.equal(denied.status, 403, await denied.text());
  const double = new FormData();
  for (const name of ['model', 'model']) double.append(name, model);
  double.append('prompt', 'waves');
  const refused = await send(String(client.apiKey), double);
  assert.equal(refused.status, 400, await refused.text());
});
