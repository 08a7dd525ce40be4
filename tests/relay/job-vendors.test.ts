/** Jobs of Suno, Kling, Midjourney, Replicate and MiniMax against a real gateway: what is charged, shown and sent. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiAnswer, dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { startVendorUpstream, type VendorUpstream } from '../support/vendor-upstream.ts';

/** Units: 0.001 USD are 500. */
const unit = 500;
const prices = [
  { id: 'suno_music', input: '0', output: '0', per_request: '0.02' },
  {
    id: 'kling-v1',
    input: '0',
    output: '0',
    per_video_second: '0.001',
    variants: { pro: { per_video_second: '0.003' } },
  },
  { id: 'mj_imagine', input: '0', output: '0', per_request: '0.01' },
  { id: 'mj_inpaint', input: '0', output: '0', per_request: '0.04' },
  { id: 'mj_modal', input: '0', output: '0', per_request: '0.005' },
  { id: 'o/n', input: '0', output: '0', per_image: '0.001' },
  { id: 'hailuo', input: '0', output: '0', per_video_second: '0.001' },
];

let gateway: Gateway;
let upstream: VendorUpstream;

before(async () => {
  upstream = await startVendorUpstream();
  gateway = await startGateway();
  await gateway.createChannel(`${upstream.origin}/v1`, { models: prices.map(({ id }) => id) });
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: prices } }));
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const begin = 1_000_000;
const limited = () => gateway.createKey({ unlimited_quota: false, remain_quota: begin });
const as = ({ value }: TestKey) => ({ token: `Bearer ${value}` });
const post = (key: TestKey, path: string, body: object) => gateway.call('POST', path, { ...as(key), body });
const get = (key: TestKey, path: string) => gateway.call('GET', path, as(key));
const spentBy = async ({ id }: TestKey) =>
  begin - Number(dataOf(await gateway.call('GET', `/api/token/${id}`)).remain_quota);

function member(answer: ApiAnswer, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, name) => Reflect.get(Object(value), name), answer.json);
}

function idAt(answer: ApiAnswer, ...path: readonly (string | number)[]): string {
  assert.equal(answer.status < 300, true, answer.text);
  const id = String(member(answer, ...path));
  assert.match(id, /^job_[\w-]{32}$/, answer.text);
  assert.equal(answer.text.includes('up-'), false, answer.text);
  return id;
}

/** What the upstream got of a job. */
const sentWith = (prompt: string) => upstream.submits.find(({ body }) => body.prompt === prompt);

/** Fetches until the job has ended. */
async function ended(key: TestKey, path: string, ...status: readonly string[]): Promise<ApiAnswer> {
  let answer = await get(key, path);
  await until(async () => {
    answer = await get(key, path);
    return /succ|fail|MODAL/i.test(String(member(answer, ...status)));
  });
  assert.equal(answer.text.includes('up-'), false, answer.text);
  return answer;
}

// Each has a key of its own, and waits for its jobs.
describe('jobs of several vendors at once', { concurrency: true }, () => {
  test('suno: one price for two clips, charged at the end; a failed one is free', async () => {
    const key = await limited();
    const submitted = await post(key, '/suno/submit/music', {
      prompt: 'ok',
      mv: 'chirp-v4',
      notify_hook: null,
    });
    const id = idAt(submitted, 'data');
    assert.equal(member(submitted, 'code'), 'success');
    const failing = idAt(await post(key, '/suno/submit/music', { prompt: 'fail' }), 'data');
    assert.equal(await spentBy(key), 0);
    const done = await ended(key, `/suno/fetch/${id}`, 'data', 'status');
    assert.deepEqual([member(done, 'data', 'task_id'), member(done, 'data', 'status')], [id, 'SUCCESS']);
    assert.equal((member(done, 'data', 'data') as readonly object[]).length, 2);
    await until(async () => (await spentBy(key)) === 20 * unit);
    const failed = await ended(key, `/suno/fetch/${failing}`, 'data', 'status');
    assert.deepEqual(
      [member(failed, 'data', 'status'), member(failed, 'data', 'fail_reason')],
      ['FAILURE', 'It failed.'],
    );
    const both = await post(key, '/suno/fetch', { ids: [id, failing, 'job_unknown'] });
    const tasks = member(both, 'data') as readonly { readonly task_id: string }[];
    assert.deepEqual(
      tasks.map(({ task_id }) => task_id),
      [id, failing],
    );
    assert.equal(await spentBy(key), 20 * unit);
  });

  test('suno: a clip is continued on the task of the upstream, and not without it', async () => {
    const key = await limited();
    const id = idAt(await post(key, '/suno/submit/music', { prompt: 'ok first' }), 'data');
    const more = { prompt: 'ok second', continue_clip_id: 'clip-1', continue_at: 60 };
    idAt(await post(key, '/suno/submit/music', { ...more, task_id: id }), 'data');
    const [first, second] = [sentWith('ok first'), sentWith('ok second')];
    assert.deepEqual([second?.body.task_id, second?.body.continue_at], [first?.id, 60]);
    const lacking = await post(key, '/suno/submit/music', more);
    assert.deepEqual(
      [lacking.status, member(lacking, 'code'), member(lacking, 'data')],
      [400, 'field_missing', null],
    );
    const stranger = await post(await limited(), '/suno/submit/music', { ...more, task_id: id });
    assert.deepEqual([stranger.status, member(stranger, 'code')], [404, 'job_not_found']);
  });

  test('kling: by seconds and mode; the answer keeps what Kling says, with our id', async () => {
    const key = await limited();
    const path = '/kling/v1/videos/text2video';
    const submitted = await post(key, path, {
      prompt: 'ok kling',
      mode: 'pro',
      duration: '10',
      external_task_id: 'mine',
    });
    const id = idAt(submitted, 'data', 'task_id');
    assert.equal(sentWith('ok kling')?.body.model_name, 'kling-v1');
    const failing = idAt(await post(key, path, { prompt: 'fail' }), 'data', 'task_id');
    const done = await ended(key, `${path}/${id}`, 'data', 'task_status');
    assert.deepEqual(
      [member(done, 'code'), member(done, 'data', 'task_status'), member(done, 'data', 'external')],
      [0, 'succeed', 'kept'],
    );
    await until(async () => (await spentBy(key)) === 30 * unit);
    const failed = await ended(key, `${path}/${failing}`, 'data', 'task_status');
    assert.equal(member(failed, 'data', 'task_status_msg'), 'It failed.');
    assert.equal(await spentBy(key), 30 * unit);
  });

  test('kling: an error with status 200 is free, and reaches the client in the words of Kling', async () => {
    const key = await limited();
    const refused = await post(key, '/kling/v1/videos/text2video', { prompt: 'refuse' });
    assert.deepEqual(
      [refused.status, member(refused, 'code'), member(refused, 'message')],
      [200, 1301, 'Not that.'],
    );
    assert.equal(await spentBy(key), 0);
  });

  test('kling: a price for videos is none for pictures', async () => {
    const key = await limited();
    const refused = await post(key, '/kling/v1/images/generations', { prompt: 'ok unpriced' });
    assert.deepEqual([refused.status, member(refused, 'error')], [400, 'model_not_priced'], refused.text);
    assert.equal(sentWith('ok unpriced'), undefined);
  });

  test('a name in another letter case, which some upstreams read as well, is refused', async () => {
    const key = await limited();
    const path = '/kling/v1/videos/text2video';
    const refused = await post(key, path, { prompt: 'ok case', duration: '5', Duration: '10' });
    assert.deepEqual([refused.status, member(refused, 'error')], [400, 'invalid_body'], refused.text);
    const effect = { prompt: 'ok case', input: { duration: '5', Duration: '10' } };
    assert.equal((await post(key, '/kling/v1/videos/effects', effect)).status, 400);
    assert.equal(sentWith('ok case'), undefined);
  });

  test('midjourney: a button that waits for words is free; what follows it is charged once', async () => {
    const key = await limited();
    const image = idAt(await post(key, '/mj/submit/imagine', { prompt: 'ok' }), 'result');
    const done = await ended(key, `/mj/task/${image}/fetch`, 'status');
    assert.match(String(member(done, 'imageUrl')), new RegExp(`/mj/image/${image}$`));
    const picture = await get(key, `/mj/image/${image}`);
    assert.deepEqual([picture.status, picture.text], [200, 'a picture']);
    assert.equal((await gateway.call('GET', `/mj/image/${image}`, { token: undefined })).status, 401);
    assert.equal((await get(await limited(), `/mj/image/${image}`)).status, 404);
    await until(async () => (await spentBy(key)) === 10 * unit);
    const button = { customId: 'MJ::Inpaint::1::x::SOLO', taskId: image };
    const waiting = await post(key, '/mj/submit/action', button);
    const waits = idAt(waiting, 'result');
    assert.equal(member(waiting, 'code'), 21);
    assert.equal(member(await get(key, `/mj/task/${waits}/fetch`), 'status'), 'MODAL');
    const modal = idAt(await post(key, '/mj/submit/modal', { taskId: waits, prompt: 'ok' }), 'result');
    await ended(key, `/mj/task/${modal}/fetch`, 'status');
    await until(async () => (await spentBy(key)) === 15 * unit);
    const listed = await post(key, '/mj/task/list-by-condition', { ids: [image, modal] });
    assert.deepEqual(
      (listed.json as unknown as readonly { readonly id: string }[]).map(({ id }) => id),
      [image, modal],
    );
    assert.equal(await spentBy(key), 15 * unit);
  });

  test('replicate: the model in the path is limited, its answers lead to us, and a cancelled one is free', async () => {
    const key = await limited();
    const path = '/replicate/v1/models/o/n/predictions';
    const submitted = await post(key, path, { input: { prompt: 'ok', num_outputs: 4 } });
    const id = idAt(submitted, 'id');
    assert.match(String(member(submitted, 'urls', 'get')), new RegExp(`/replicate/v1/predictions/${id}$`));
    const done = await ended(key, `/replicate/v1/predictions/${id}`, 'status');
    assert.equal((member(done, 'output') as readonly string[]).length, 3);
    // Four were asked for, three were delivered.
    await until(async () => (await spentBy(key)) === 3 * unit);
    const endless = idAt(await post(key, path, { input: { prompt: 'endless' } }), 'id');
    const cancelled = await gateway.call('POST', `/replicate/v1/predictions/${endless}/cancel`, as(key));
    assert.equal(cancelled.status, 200, cancelled.text);
    await until(
      async () => member(await get(key, `/replicate/v1/predictions/${endless}`), 'status') === 'canceled',
    );
    const list = await get(key, '/replicate/v1/predictions');
    const results = member(list, 'results') as readonly { readonly id: string }[];
    assert.deepEqual(
      results.map((each) => each.id),
      [endless, id],
    );
    assert.equal(await spentBy(key), 3 * unit);
    const other = await gateway.createKey({ model_limits_enabled: true, model_limits: 'kling-v1' });
    const refused = await post(other, path, { input: { prompt: 'ok' } });
    assert.deepEqual([refused.status, member(refused, 'title')], [403, 'model_not_allowed']);
  });

  test('a deleted key: its jobs are cancelled where the vendor can do that', async () => {
    const key = await limited();
    const path = '/replicate/v1/models/o/n/predictions';
    const id = idAt(await post(key, path, { input: { prompt: 'endless after its key' } }), 'id');
    assert.equal((await gateway.call('DELETE', `/api/token/${key.id}`)).json?.success, true);
    assert.equal((await get(key, `/replicate/v1/predictions/${id}`)).status, 401);
    await until(() => upstream.isCancelled('endless after its key'));
  });

  test('minimax: the file of a video is found, and asked for by the id of its job', async () => {
    const key = await limited();
    const id = idAt(await post(key, '/v1/video_generation', { model: 'hailuo', prompt: 'ok' }), 'task_id');
    const done = await ended(key, `/v1/query/video_generation?task_id=${id}`, 'status');
    assert.deepEqual([member(done, 'status'), member(done, 'file_id')], ['Success', id]);
    const file = await get(key, `/v1/files/retrieve?file_id=${id}`);
    assert.equal(member(file, 'file', 'download_url'), 'https://cdn.example/hailuo.mp4');
    await until(async () => (await spentBy(key)) === 6 * unit);
    const none = await get(key, '/v1/query/video_generation');
    assert.deepEqual([none.status, member(none, 'error')], [400, 'field_missing']);
  });

  test('to another key no job exists, in the shape of each vendor', async () => {
    const stranger = await limited();
    const never = `job_${'x'.repeat(32)}`;
    const answers = await Promise.all([
      get(stranger, `/suno/fetch/${never}`),
      get(stranger, `/kling/v1/videos/text2video/${never}`),
      get(stranger, `/mj/task/${never}/fetch`),
      get(stranger, `/replicate/v1/predictions/${never}`),
      get(stranger, `/flux/v1/get_result?id=${never}`),
      get(stranger, `/bria/${never}`),
      get(stranger, `/grok/v1/videos/${never}`),
      get(stranger, `/volc/v3/contents/generations/tasks/${never}`),
      get(stranger, `/runwayml/v1/tasks/${never}`),
      get(stranger, `/v1/query/video_generation?task_id=${never}`),
    ]);
    for (const { status, text } of nonEmpty(answers)) {
      assert.equal(status, 404, text);
      assert.match(text, /This API key has no such job/);
    }
  });
});
