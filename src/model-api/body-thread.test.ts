import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isMatched, matchOperation } from '../operations/match.ts';
import type { UpstreamCall } from '../operations/operation.ts';
import { operations } from '../operations/registry.ts';
import { readJobText } from '../relay/jobs/job-body.ts';
import { parseRequestBody, type RequestBody } from '../relay/request-body.ts';
import { BodyThread } from './body-thread.ts';

const chatPath = '/v1/chat/completions';
const wanted = () => true;

function thread(t: TestContext): BodyThread {
  const made = new BodyThread();
  t.after(() => made.close());
  return made;
}

const orderOf = (text: string, path = chatPath) => {
  const bytes = Buffer.from(text);
  return {
    segments: [bytes.subarray(0, 5), bytes.subarray(5)],
    length: bytes.length,
    path,
    query: '',
    reserves: true,
  };
};

const chatCall: UpstreamCall = {
  ...operations['chat.completions'].upstream,
  index: 0,
  api: 'chat',
  operation: 'chat.completions',
  path: () => '/',
  translator: undefined,
};

/** Everything that callers read from a body, whichever thread has parsed it. */
const shown = (body: RequestBody) => ({
  bytes: Buffer.concat(body.segments).toString(),
  model: body.model,
  otherModels: body.otherModels,
  form: body.form,
  bound: body.bound(),
  isDistinct: body.hasDistinctNames(),
  text: body.text(),
  place: body.modelPlace(),
  edits: body.usageEdits(chatCall),
  limit: body.outputLimit(),
  reasoning: body.reasoningEdits(chatCall),
});

function readHere(text: string, path: string): RequestBody {
  const operation = matchOperation('POST', path, '');
  assert.ok(isMatched(operation));
  const bytes = Buffer.from(text);
  return parseRequestBody({ segments: [bytes], length: bytes.length }, operation).read();
}

const chat = {
  model: 'm',
  stream: true,
  models: ['n'],
  messages: [{ role: 'user', content: 'é "quoted" \\' }],
};

for (const [what, text, path] of [
  ['a stream of chat', JSON.stringify(chat), chatPath],
  ['a name twice', '{"model":"m","n":1,"n":2,"messages":[]}', chatPath],
  ['usage asked for already', JSON.stringify({ ...chat, stream_options: { include_usage: true } }), chatPath],
  [
    'a picture',
    JSON.stringify({
      model: 'm',
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
      ],
    }),
    chatPath,
  ],
  [
    'a lifetime in the cache',
    JSON.stringify({
      model: 'm',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', cache_control: { ttl: '1h' } }] }],
    }),
    chatPath,
  ],
  ['a limit of the output', JSON.stringify({ ...chat, max_tokens: 32_000 }), chatPath],
  [
    'reasoning of another provider',
    '{"model":"m","messages":[{"role":"assistant","reasoning_details":[{"signature":"halley2.anthropic.s.a"}]}]}',
    chatPath,
  ],
  ['a model in the path', '{"contents":[{"parts":[{"text":"hi"}]}]}', '/v1beta/models/m:generateContent'],
] as const) {
  test(`the thread reads a body as this one does: ${what}`, async (t) => {
    const read = await thread(t).read(orderOf(text, path), wanted);
    assert.deepEqual(shown(read), shown(readHere(text, path)));
  });
}

test('what is wrong with a body is said as it would be here', async (t) => {
  const bodies = thread(t);
  for (const text of [
    '{',
    '[]',
    '{"messages":[]}',
    '{"model":"m"}',
    '{"model":"m","messages":[],"stream":1}',
  ]) {
    let here: unknown;
    try {
      readHere(text, chatPath);
    } catch (error) {
      here = error;
    }
    assert.ok(here instanceof Error && 'code' in here);
    await assert.rejects(bodies.read(orderOf(text), wanted), { code: here.code, message: here.message });
  }
});

test('a body that nobody wants when its turn comes is not read', async (t) => {
  const bodies = thread(t);
  let isWanted = true;
  const first = bodies.read(orderOf(JSON.stringify(chat)), wanted);
  const second = bodies.read(orderOf(JSON.stringify(chat)), () => isWanted);
  const third = bodies.read(orderOf(JSON.stringify(chat)), wanted);
  isWanted = false;
  await assert.rejects(second, { code: 'internal_error' });
  assert.equal((await first).model, 'm');
  assert.equal((await third).model, 'm');
});

test('the event loop does next to nothing for the pictures of a job', async (t) => {
  const bodies = thread(t);
  const jobOf = (bytes: number) =>
    Buffer.from(`{"model":"m","image":"${'A'.repeat(bytes)}","n":1,"text":"a"}`);
  const read = (bytes: Buffer) => bodies.readJob({ segments: [bytes], length: bytes.length }, wanted);
  await read(jobOf(2_000_000));
  const rounds: { readonly parseMs: number; readonly active: number }[] = [];
  for (let round = 0; round < 3; round += 1) {
    const bytes = jobOf(15_000_000);
    const [copy, { length }] = [Buffer.from(bytes), bytes];
    const start = performance.now();
    readJobText(copy);
    const parseMs = performance.now() - start;
    const before = performance.eventLoopUtilization();
    const job = await read(bytes);
    rounds.push({ parseMs, active: performance.eventLoopUtilization(before).active });
    assert.equal(job.bytes.length, length);
    assert.deepEqual(job.json, { model: 'm', image: 'A'.repeat(256), n: 1, text: 'a' });
  }
  const least = (name: 'parseMs' | 'active') => Math.min(...rounds.map((round) => round[name]));
  const ratio = least('active') / least('parseMs');
  t.diagnostic(
    `the loop works for ${(100 * ratio).toFixed(0)} % of the time of a parse: ${JSON.stringify(rounds)}`,
  );
  assert.ok(ratio < 1 / 3, String(ratio));
});

test('of a large job only data in Base64 is shortened, and what remains is bounded', async (t) => {
  const bodies = thread(t);
  const read = (json: object) => {
    const bytes = Buffer.from(JSON.stringify(json));
    return bodies.readJob({ segments: [bytes], length: bytes.length }, wanted);
  };
  const filler = 'A'.repeat(1_100_000);
  const text = `${'a b '.repeat(2000)}--dur 5`;
  const data = [`data:image/png;base64,${filler}==`, `${'QUJD\r\n'.repeat(1000)}`];
  const { json } = await read({ content: [{ text }, ...data], short: 'QUJD', model: 'm' });
  assert.deepEqual(json.content, [{ text }, ...data.map((each) => each.slice(0, 256))]);
  assert.equal(json.short, 'QUJD');
  for (const long of [`${filler}--dur`, `${filler} 5`, `data:x y,${filler}`, `${filler}=A`])
    await assert.rejects(read({ text: long }), { code: 'invalid_body' });
  await assert.rejects(read({ [filler]: 1 }), { code: 'invalid_body' });
  await assert.rejects(bodies.readJob({ segments: [Buffer.from('{"a":1,"a":2}')], length: 13 }, wanted), {
    code: 'invalid_body',
  });
});
