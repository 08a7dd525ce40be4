/** Video jobs against a real gateway: what is charged, to whom jobs exist, and what reaches the upstream. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it, test } from 'node:test';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { type JobUpstream, startJobUpstream, videoBytes } from '../support/job-upstream.ts';
import { until } from '../support/until.ts';

const model = 'video-model';
/** Units: 0.001 USD are 500; the fee of a large one is twice that. */
const perSecond = 500;
const price = {
  id: model,
  input: '0',
  output: '0',
  per_video_second: '0.001',
  variants: { '1792x1024': { per_video_second: '0.002' } },
};

let gateway: Gateway;
let upstream: JobUpstream;
let other: JobUpstream;

before(async () => {
  [upstream, other] = [await startJobUpstream({ takesMs: 300 }), await startJobUpstream({ takesMs: 300 })];
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin, { models: [model], priority: 5 });
  await gateway.createChannel(other.origin, {
    models: [model, 'other-model', 'token-model'],
    name: 'second',
  });
  dataOf(
    await gateway.call('PUT', '/api/price', { body: { models: [price, { ...price, id: 'other-model' }] } }),
  );
});

after(async () => {
  await gateway.stop();
  await Promise.all([upstream.close(), other.close()]);
});

const as = (key: TestKey) => ({ token: `Bearer ${key.value}` });
const submit = (key: TestKey, body: object) =>
  gateway.call('POST', '/v1/videos', { ...as(key), body: { model, prompt: 'ok', ...body } });
const fetchJob = (key: TestKey, id: string) => gateway.call('GET', `/v1/videos/${id}`, as(key));
const limited = (units = 100_000) => gateway.createKey({ unlimited_quota: false, remain_quota: units });
const leftOf = async ({ id }: TestKey) =>
  Number(dataOf(await gateway.call('GET', `/api/token/${id}`)).remain_quota);
const idIn = (answer: {
  readonly json: Readonly<Record<string, unknown>> | undefined;
  readonly text: string;
}) => {
  assert.equal(typeof answer.json?.id, 'string', answer.text);
  return String(answer.json?.id);
};
const recordsOf = async ({ id }: TestKey) => {
  const { items } = dataOf(await gateway.call('GET', `/api/log/?token_id=${id}&page_size=50`));
  return items as readonly Record<string, unknown>[];
};

test('a refusal costs nothing and goes nowhere else; a busy channel passes the job to the next', async () => {
  const key = await limited();
  const [first, second] = [upstream.submits.length, other.submits.length];
  const refused = await submit(key, { prompt: 'refuse it' });
  assert.deepEqual([refused.status, Reflect.get(Object(refused.json?.error), 'code')], [400, 'bad_prompt']);
  assert.deepEqual([upstream.submits.length - first, other.submits.length - second], [1, 0]);
  const busy = await submit(key, { prompt: 'busy there' });
  assert.equal(busy.status, 503);
  assert.equal(upstream.submits.length - first, 2);
  assert.equal(other.submits.length - second, 1);
  assert.equal(await leftOf(key), 100_000);
});

test('a submit whose answer is lost is held: not sent again, not released, and its error says not to repeat it', async () => {
  const key = await limited(4 * perSecond);
  const [first, second] = [upstream.submits.length, other.submits.length];
  const lost = await submit(key, { prompt: 'reset it' });
  assert.deepEqual([lost.status, Reflect.get(Object(lost.json?.error), 'code')], [502, 'job_unclear']);
  assert.equal(lost.headers.get('x-should-retry'), 'false');
  assert.deepEqual([upstream.submits.length - first, other.submits.length - second], [1, 0]);
  assert.equal((await submit(key, {})).status, 403);
  assert.deepEqual(await recordsOf(key), []);
});

test('a model that has a price for tokens alone is refused: nothing bounds what its job may cost', async () => {
  const models = [{ id: 'token-model', input: '1', output: '2' }];
  dataOf(await gateway.call('PUT', '/api/price', { body: { models } }));
  const key = await limited();
  const refused = await submit(key, { model: 'token-model' });
  assert.deepEqual(
    [refused.status, Reflect.get(Object(refused.json?.error), 'code')],
    [400, 'model_not_priced'],
  );
});

test('bodies that cannot be understood are refused before anything is sent', async () => {
  const key = await limited();
  const before = upstream.submits.length;
  const post = (rawBody: string, type = 'application/json') =>
    gateway.call('POST', '/v1/videos', { ...as(key), rawBody, headers: { 'content-type': type } });
  const answers = await Promise.all([
    post('{"model":"video-model"}'),
    post('{"model":"video-model","prompt":"a","models":["other-model"]}'),
    post('{"model":"video-model","prompt":"a","seconds":"1","seconds":"90"}'),
    post('{"model":"video-model","prompt":"a","input":[{"b":1,"\\u0062":2}]}'),
    post('not json'),
    post('--x\r\n', 'multipart/form-data; boundary=x'),
    post('{"model":"unknown-model","prompt":"a"}'),
    gateway.call('PUT', '/v1/videos', as(key)),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [400, 400, 400, 400, 400, 400, 404, 405],
  );
  assert.equal(answers.at(-1)?.headers.get('allow'), 'GET, POST');
  assert.equal(upstream.submits.length, before);
  assert.equal(await leftOf(key), 100_000);
});

describe('each job on its own', { concurrency: true }, () => {
  it('a job that nobody fetches is charged once, by its seconds and its size', async () => {
    const key = await limited();
    const answer = await submit(key, {
      seconds: '8',
      size: '1792x1024',
      extra: 12345678901234567890n.toString(),
    });
    assert.equal(answer.status, 200, answer.text);
    const id = idIn(answer);
    assert.match(id, /^job_[\w-]{32}$/);
    assert.equal(
      answer.text.includes('video_up_'),
      true,
      'only where the upstream hides it in a field of its own',
    );
    assert.equal(await leftOf(key), 100_000);
    await until(async () => (await leftOf(key)) === 100_000 - 8 * 2 * perSecond);
    const [record, ...more] = await recordsOf(key);
    assert.deepEqual(more, []);
    assert.deepEqual([record?.quota, record?.type, record?.model_name], [8 * 2 * perSecond, 2, model]);
    const video = (await fetchJob(key, id)).json;
    assert.deepEqual(
      [video?.status, video?.progress, video?.model, video?.error],
      ['completed', 100, model, null],
    );
  });

  it('a failed job is free, and what it reserved can be spent again', async () => {
    const key = await limited(4 * perSecond);
    const id = idIn(await submit(key, { prompt: 'fail now' }));
    const refused = await submit(key, { prompt: 'ok' });
    assert.equal(
      refused.json && Reflect.get(Object(refused.json.error), 'code'),
      'pre_consume_token_quota_failed',
    );
    await until(async () => (await fetchJob(key, id)).json?.status === 'failed');
    const { error } = (await fetchJob(key, id)).json ?? {};
    assert.deepEqual(error, { code: 'moderation', message: 'It failed.' });
    assert.equal(await leftOf(key), 4 * perSecond);
    idIn(await submit(key, { prompt: 'ok' }));
  });

  it('to another key a job does not exist: the answer is that for an id that never was', async () => {
    const [owner, stranger] = [await limited(), await limited()];
    const id = idIn(await submit(owner, {}));
    const paths = (named: string) => [
      ['GET', `/v1/videos/${named}`],
      ['DELETE', `/v1/videos/${named}`],
      ['GET', `/v1/videos/${named}/content`],
      ['POST', `/v1/videos/${named}/remix`],
      ['GET', `/v1/videos?after=${named}`],
      ['GET', `/v1/jobs/${named}/results/0`],
    ];
    const answers = async (named: string) =>
      Promise.all(
        paths(named).map(async ([method = '', path = '']) => {
          const body = method === 'POST' ? { body: { prompt: 'x' } } : {};
          const { status, text } = await gateway.call(method, path, { ...as(stranger), ...body });
          return [status, text.replace(/request id: [^)"]+/i, '')];
        }),
      );
    const never = `job_${'x'.repeat(32)}`;
    const foreign = await answers(id);
    assert.deepEqual(foreign, await answers(never));
    assert.deepEqual(
      foreign.map(([status]) => status),
      paths(id).map(() => 404),
    );
    assert.equal((await fetchJob(owner, id)).status, 200);
  });

  it('a deleted key stops fetches at once, its jobs are counted, and what comes is charged to the account', async () => {
    const key = await limited();
    const used = async () => Number(dataOf(await gateway.call('GET', '/api/user/self')).used_quota);
    const id = idIn(await submit(key, { seconds: '4' }));
    const before = await used();
    const deleted = await gateway.call('DELETE', `/api/token/${key.id}`);
    assert.equal(deleted.json?.success, true, deleted.text);
    assert.equal((await fetchJob(key, id)).status, 401);
    await until(async () => (await used()) >= before + 4 * perSecond);
  });

  it('the bytes of a result pass through, with ranges', async () => {
    const key = await limited();
    const id = idIn(await submit(key, {}));
    const content = (headers: Record<string, string> = {}) =>
      gateway.call('GET', `/v1/videos/${id}/content`, { ...as(key), headers });
    assert.equal((await content()).status, 404);
    await until(async () => (await fetchJob(key, id)).json?.status === 'completed');
    const whole = await content();
    assert.deepEqual([whole.status, whole.text], [200, videoBytes.toString()]);
    assert.equal(whole.headers.get('content-type'), 'video/mp4');
    const part = await content({ range: 'bytes=2-5' });
    assert.deepEqual(
      [part.status, part.text, part.headers.get('content-range')],
      [206, '2345', `bytes 2-5/${videoBytes.length}`],
    );
  });

  it('lists are those of the key, newest first, page by page; a deleted one is gone', async () => {
    const key = await limited();
    const ids: string[] = [];
    for (const at of [1, 2, 3]) ids.unshift(idIn(await submit(key, { prompt: `ok ${at}` })));
    const list = async (query: string) => {
      const { json } = await gateway.call('GET', `/v1/videos${query}`, as(key));
      const data = (json?.data ?? []) as readonly { readonly id: string }[];
      return [data.map(({ id }) => id), json?.has_more];
    };
    assert.deepEqual(await list(''), [ids, false]);
    assert.deepEqual(await list('?limit=2'), [ids.slice(0, 2), true]);
    assert.deepEqual(await list(`?limit=2&after=${ids[1]}`), [ids.slice(2), false]);
    assert.deepEqual(await list('?order=asc'), [ids.toReversed(), false]);
    const [first = ''] = ids;
    const deleted = await gateway.call('DELETE', `/v1/videos/${first}`, as(key));
    assert.deepEqual(deleted.json, { id: first, object: 'video.deleted', deleted: true });
    assert.deepEqual(await list(''), [ids.slice(1), false]);
    assert.equal((await fetchJob(key, first)).status, 404);
  });

  it('a remix goes to the channel of its origin, and costs as much', async () => {
    const key = await limited();
    const origin = idIn(
      await gateway.call('POST', '/v1/videos', {
        ...as(key),
        body: { model: 'other-model', prompt: 'ok', seconds: 8 },
      }),
    );
    await until(async () => (await leftOf(key)) === 100_000 - 8 * perSecond);
    const remix = await gateway.call('POST', `/v1/videos/${origin}/remix`, {
      ...as(key),
      body: { prompt: 'ok again' },
    });
    assert.deepEqual([remix.json?.model, remix.json?.remixed_from_video_id], ['other-model', origin]);
    const sent = other.submits.at(-1);
    assert.deepEqual(
      [sent?.prompt, sent?.origin, sent?.model],
      ['ok again', [...other.accepted.keys()].at(-2), undefined],
    );
    await until(async () => (await leftOf(key)) === 100_000 - 16 * perSecond);
  });

  it('the URL of a client is called with our id when the job has ended, and never shown to the upstream', async () => {
    const key = await limited();
    const calls: Record<string, unknown>[] = [];
    const receiver = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      calls.push(JSON.parse(text));
      response.end();
    });
    await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
    try {
      const callback_url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?token=t`;
      const id = idIn(await submit(key, { callback_url, prompt: 'ok callback' }));
      assert.equal(JSON.stringify(upstream.submits).includes('/hook'), false);
      await until(() => calls.length > 0);
      assert.deepEqual([calls[0]?.id, calls[0]?.status], [id, 'completed']);
    } finally {
      await new Promise((resolve) => void receiver.close(resolve));
    }
  });
});
