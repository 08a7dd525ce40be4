/** Multipart forms: what reaches the upstream, what ends an upload early, and what is left of it. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { maybeEmpty, nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';

let gateway: Gateway;
let first: FakeUpstream;
let second: FakeUpstream;
let key: TestKey;

const images = {
  created: 1,
  data: [{ b64_json: 'AAAA' }],
  usage: { input_tokens: 7, output_tokens: 9, total_tokens: 16 },
};
const path = '/v1/images/edits';
const megabytes = (count: number) => randomBytes(count * 1_048_576);

before(async () => {
  [first, second] = await Promise.all([startFakeUpstream(), startFakeUpstream()]);
  gateway = await startGateway();
  key = await gateway.createKey();
  await gateway.createChannel(first.origin, { name: 'first', priority: 10, models: ['m'] });
  await gateway.createChannel(second.origin, {
    name: 'second',
    priority: 5,
    models: ['m'],
    model_mapping: { m: 'mapped' },
  });
  await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'm', input: '1', output: '1' }] } });
});

beforeEach(() => {
  first.on('/v1', upstreams.json({ error: { message: 'no' } }, 500));
  second.on('/v1', upstreams.json(images));
});

after(async () => {
  await gateway.stop();
  await Promise.all([first.close(), second.close()]);
});

function form(file: Buffer, fields: Readonly<Record<string, string>>): FormData {
  const made = new FormData();
  made.append('prompt', 'A "quoted" prompt, ü');
  made.append('image[]', new Blob([new Uint8Array(file)], { type: 'image/png' }), 'ü "1".png');
  for (const [name, value] of Object.entries(fields)) made.append(name, value);
  return made;
}

const send = (body: FormData, value = key.value) =>
  fetch(gateway.url + path, { method: 'POST', body, headers: { authorization: `Bearer ${value}` } });

const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What an upstream got: the text before, between and after the file, whose bytes are hashed. */
function received(
  upstream: FakeUpstream,
  fileBytes: number,
): { heads: string; names: string[]; file: string } {
  const got = upstream.requests.at(-1);
  assert.ok(got);
  const body = got.body();
  assert.equal(got.headers['content-length'], String(body.length));
  const start = body.indexOf('\r\n\r\n', body.indexOf('filename=')) + 4;
  const heads = `${body.toString('utf8', 0, start)}${body.toString('utf8', start + fileBytes)}`;
  const names = [...heads.matchAll(/ name="([^"]+)"/g)].map(([, name = '']) => name);
  return { heads, names, file: sum(body.subarray(start, start + fileBytes)) };
}

/** Files of the gateway that have no name any more. */
async function openUploads(): Promise<number> {
  const directory = `/proc/${gateway.process.pid}/fd`;
  const links = await Promise.all(
    (await readdir(directory)).map((fd) => readlink(join(directory, fd)).catch(() => '')),
  );
  return links.filter((link) => link.includes('halley-upload-')).length;
}

test('a large form whose model comes last reaches the second upstream with the same file and its own model', async () => {
  const file = megabytes(20);
  const answer = await send(form(file, { n: '1', model: 'm' }));
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.deepEqual(await answer.json(), images);
  for (const [upstream, model] of [
    [first, 'm'],
    [second, 'mapped'],
  ] as const) {
    const { heads, names, file: got } = received(upstream, file.length);
    assert.equal(got, sum(file));
    assert.deepEqual(names, ['prompt', 'image[]', 'n', 'model']);
    assert.match(heads, /filename="ü %221%22\.png"\r\ncontent-type: image\/png\r\n/);
    assert.match(heads, /name="prompt"\r\n\r\nA "quoted" prompt, ü\r\n/);
    assert.match(heads, new RegExp(`name="model"\\r\\n\\r\\n${model}\\r\\n--halley[0-9a-f]{32}--\\r\\n$`));
  }
  await until(async () => (await openUploads()) === 0);
  const { items } = dataOf(await gateway.call('GET', '/api/log/')) as { items: Record<string, unknown>[] };
  assert.deepEqual([items[0]?.prompt_tokens, items[0]?.completion_tokens, items[0]?.quota], [7, 9, 8]);
});

/** Sends a form whose file never ends. */
function endlessUpload(model: string, value: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(gateway.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${value}`, 'content-type': 'multipart/form-data; boundary=b' },
    });
    sent.on('response', (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => {
        clearInterval(timer);
        sent.destroy();
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    sent.on('error', reject);
    sent.write(`--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n${model}\r\n`);
    sent.write('--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n');
    const timer = setInterval(() => sent.write(Buffer.alloc(65_536)), 5);
  });
}

test('an upload ends as soon as its model is known to be forbidden', async () => {
  const limited = await gateway.createKey({ model_limits_enabled: true, model_limits: 'other' });
  const before = first.requests.length + second.requests.length;
  const { status, body } = await endlessUpload('m', limited.value);
  assert.deepEqual([status, JSON.parse(body).error.code], [403, 'model_not_allowed']);
  assert.equal(first.requests.length + second.requests.length, before);
  await until(async () => (await openUploads()) === 0);
});

test('an upload ends when its key is deleted, and nothing is left of it', async () => {
  const doomed = await gateway.createKey();
  const running = endlessUpload('m', doomed.value);
  await until(async () => (await openUploads()) === 1);
  await gateway.call('DELETE', `/api/token/${doomed.id}`);
  const { status } = await running;
  assert.equal(status, 401);
  await until(async () => (await openUploads()) === 0);
});

const refusals: readonly (readonly [name: string, body: () => FormData, status: number, said: RegExp])[] = [
  ['without a model', () => form(megabytes(0), {}), 400, /model/],
  [
    'without a prompt',
    () => {
      const made = new FormData();
      made.append('model', 'm');
      return made;
    },
    400,
    /prompt/,
  ],
  [
    'with two models',
    () => {
      const made = form(megabytes(0), { model: 'm' });
      made.append('Model', 'other');
      return made;
    },
    400,
    /more than once/,
  ],
  [
    'that names further models',
    () => form(megabytes(0), { model: 'm', fallbacks: '["x"]' }),
    400,
    /further models/,
  ],
];

for (const [name, body, status, said] of refusals) {
  test(`a form ${name} is refused before it reaches an upstream`, async () => {
    const before = first.requests.length;
    const answer = await send(body());
    assert.equal(answer.status, status);
    assert.match(await answer.text(), said);
    assert.equal(first.requests.length, before);
  });
}

test('JSON passes as JSON, and another operation takes no form', async () => {
  first.on('/v1', upstreams.json(images));
  const headers = { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' };
  const body = JSON.stringify({
    model: 'm',
    prompt: 'x',
    images: [{ image_url: 'https://a.example/b.png' }],
  });
  const answer = await fetch(gateway.url + path, { method: 'POST', body, headers });
  assert.equal(answer.status, 200);
  assert.equal(first.requests.at(-1)?.body().toString(), body);
  const chat = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    body: form(megabytes(0), { model: 'm' }),
    headers: { authorization: headers.authorization },
  });
  assert.equal(chat.status, 400);
});

test('a form larger than the setting gets 413, and a process that was killed leaves no file', async (t) => {
  const spool = await mkdtemp(join(tmpdir(), 'uploads-'));
  t.after(() => rm(spool, { recursive: true }));
  const small = await startGateway({
    env: { HALLEY_HTTP_UPLOAD_BYTES_MAX: '200000', HALLEY_HTTP_UPLOADS_DIRECTORY: spool },
  });
  t.after(() => small.kill());
  await small.createChannel(second.origin, { models: ['m'] });
  await small.call('PUT', '/api/price', { body: { models: [{ id: 'm', input: '1', output: '1' }] } });
  const own = await small.createKey();
  const post = (bytes: number) =>
    fetch(small.url + path, {
      method: 'POST',
      body: form(Buffer.alloc(bytes), { model: 'm' }),
      headers: { authorization: `Bearer ${own.value}` },
    });
  assert.equal((await post(300_000)).status, 413);
  second.on('/v1', upstreams.hangBeforeHeaders);
  const waiting = post(150_000).catch(() => undefined);
  await until(() => second.requests.some(({ state }) => state === 'running'));
  assert.deepEqual(maybeEmpty(await readdir(spool)), []);
  await small.kill();
  await waiting;
  assert.deepEqual(maybeEmpty(await readdir(spool)), []);
});

/** Resident memory of the gateway in bytes. */
async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${gateway.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

test('twenty uploads at a time lie on disk, not in memory', async () => {
  first.on('/v1', upstreams.json(images));
  const file = megabytes(8);
  await (await send(form(file, { model: 'm' }))).text();
  const before = await residentBytes();
  let most = 0;
  const timer = setInterval(() => {
    void residentBytes().then((bytes) => {
      most = Math.max(most, bytes);
    });
  }, 20);
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(form(file, { model: 'm' }))));
  clearInterval(timer);
  for (const answer of nonEmpty(answers)) assert.equal(answer.status, 200);
  const grown = (most - before) / 1_048_576;
  assert.ok(most > 0 && grown < 80, `grew by ${grown.toFixed(0)} MB of 160`);
});
