/** `GET` and `DELETE /api/playground`: jobs and the bytes of their results, with a key that its account names by id. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAccount } from '../support/accounts.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { type JobUpstream, startJobUpstream, videoBytes } from '../support/job-upstream.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';

const model = 'video-model';
const price = { id: model, input: '0', output: '0', per_video_second: '0.001' };

let gateway: Gateway;
let upstream: JobUpstream;

before(async () => {
  upstream = await startJobUpstream({ takesMs: 100 });
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin, { models: [model] });
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [price] } }));
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const at = (keyId: number, path: string) =>
  `/api/playground?token_id=${keyId}&path=${encodeURIComponent(path)}`;

async function tasks(query: string) {
  const { items } = dataOf(await gateway.call('GET', `/api/task/self?${query}`));
  return items as readonly Record<string, unknown>[];
}

/** Submits a job through the playground and waits for its end. @returns its id */
async function aVideo(key: TestKey, prompt = 'ok'): Promise<string> {
  const body = { model, prompt, seconds: '4' };
  const answer = await gateway.call('POST', at(key.id, '/v1/videos'), { body });
  const id = String(answer.json?.id);
  assert.match(id, /^job_/, answer.text);
  await until(async () => (await tasks(`task_id=${id}`))[0]?.finish_time !== 0);
  return id;
}

describe('jobs through the playground', () => {
  it('are fetched, read by ranges and deleted, as with the value of the key', async () => {
    const key = await gateway.createKey();
    const id = await aVideo(key);
    const fetched = await gateway.call('GET', at(key.id, `/v1/videos/${id}`));
    assert.deepEqual([fetched.json?.status, fetched.json?.id], ['completed', id]);
    const [task] = await tasks(`task_id=${id}`);
    assert.deepEqual(task?.results, [`/v1/videos/${id}/content`]);
    const headers = { range: 'bytes=2-4' };
    for (const path of nonEmpty([`/v1/videos/${id}/content`, `/v1/videos/${id}/content?variant=video`])) {
      const whole = await gateway.call('GET', at(key.id, path));
      assert.equal(whole.text, videoBytes.toString());
      assert.match(String(whole.headers.get('content-security-policy')), /sandbox/);
      const part = await gateway.call('GET', at(key.id, path), { headers });
      assert.deepEqual([part.status, part.text], [206, videoBytes.subarray(2, 5).toString()]);
    }
    const deleted = await gateway.call('DELETE', at(key.id, `/v1/videos/${id}`));
    assert.equal(deleted.json?.deleted, true);
    assert.equal((await gateway.call('GET', at(key.id, `/v1/videos/${id}`))).status, 404);
    assert.deepEqual((await tasks(`task_id=${id}`))[0]?.results, []);
  });

  it('do not exist for another key of the account, and not for another account', async () => {
    const [key, other] = [await gateway.createKey(), await gateway.createKey()];
    const id = await aVideo(key);
    const [foreign, never] = await Promise.all(
      [id, `job_${'x'.repeat(32)}`].map((each) => gateway.call('GET', at(other.id, `/v1/videos/${each}`))),
    );
    assert.equal(foreign?.status, 404);
    assert.equal(foreign?.json?.error === undefined, false);
    assert.equal(
      JSON.stringify(foreign?.json).replaceAll(foreign?.headers.get('x-request-id') ?? '', ''),
      JSON.stringify(never?.json).replaceAll(never?.headers.get('x-request-id') ?? '', ''),
    );
    const stranger = await createAccount(gateway, 'stranger');
    const refused = await gateway.call('GET', at(key.id, `/v1/videos/${id}/content`), {
      token: stranger.token,
    });
    assert.equal(refused.json?.success, false);
  });

  it('are out of reach once the key is deleted', async () => {
    const key = await gateway.createKey();
    const id = await aVideo(key);
    dataOf(await gateway.call('DELETE', `/api/token/${key.id}`));
    for (const path of nonEmpty([`/v1/videos/${id}`, `/v1/videos/${id}/content`])) {
      const { json, text } = await gateway.call('GET', at(key.id, path));
      assert.equal(json?.success, false, text);
      assert.doesNotMatch(text, /small video/);
    }
  });

  it('have no other path, and no page of another origin', async () => {
    const key = await gateway.createKey();
    const id = await aVideo(key);
    const wrong: readonly (readonly ['GET' | 'DELETE', string])[] = [
      ['GET', '/v1/models'],
      ['GET', '/v1/chat/completions'],
      ['GET', '/v1/videos/x/remix'],
      ['GET', '/api/task/self'],
      ['DELETE', `/v1/videos/${id}/content`],
      ['DELETE', '/v1/responses/resp_1'],
    ];
    for (const [method, path] of nonEmpty(wrong)) {
      const { status, json } = await gateway.call(method, at(key.id, path));
      assert.equal(status, 400, path);
      assert.match(String(json?.message), /"path" must be a path of jobs/);
    }
    const account = { username: 'ana', password: 'a-long-password' };
    dataOf(await gateway.call('POST', '/api/user/', { body: account }));
    const login = await gateway.call('POST', '/api/user/login', { body: account, token: undefined });
    const cookie = String(login.headers.get('set-cookie')?.split(';')[0]);
    const own = { cookie, 'sec-fetch-site': 'same-origin' };
    const made = await gateway.call('POST', '/api/token/', {
      body: { name: 'k' },
      token: undefined,
      headers: own,
    });
    const statusFor = async (headers: Readonly<Record<string, string>>) =>
      (
        await gateway.call('GET', at(Number(dataOf(made).id), `/v1/videos/${id}`), {
          token: undefined,
          headers,
        })
      ).status;
    assert.equal(await statusFor(own), 404, 'it gets as far as the job of another key');
    for (const foreign of nonEmpty([
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
    ])) {
      assert.equal(await statusFor({ cookie, ...foreign }), 403);
    }
  });
});

describe('the list of jobs', () => {
  it('is filtered by key and request, and says what is reserved until the end', async () => {
    const [key, other] = [
      await gateway.createKey({ unlimited_quota: false, remain_quota: 100_000 }),
      await gateway.createKey(),
    ];
    const body = { model, prompt: 'endless', seconds: '4' };
    const answer = await gateway.call('POST', at(key.id, '/v1/videos'), { body });
    await aVideo(other);
    const [open, ...more] = await tasks(`token_id=${key.id}`);
    assert.equal(more.length, 0);
    assert.deepEqual([open?.task_id, open?.quota, open?.reserved_quota], [answer.json?.id, 0, 4 * 500]);
    assert.deepEqual([open?.attempts, open?.results], [1, []]);
    assert.ok(Number(open?.deadline) > Number(open?.submit_time));
    const byRequest = await tasks(`request_id=${open?.request_id}`);
    assert.deepEqual(
      byRequest.map(({ task_id }) => task_id),
      [open?.task_id],
    );
    assert.equal((await tasks('request_id=nothing')).length, 0);
  });
});
