/** What an open stream holds of its request: the bytes of the body for counting its tokens, and not the parsed body. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { chat } from './chat.ts';

/** On SIGUSR2, appends the bytes that live in the heap to the file beside it. */
const hook = `
  import { appendFileSync } from 'node:fs';
  import { setFlagsFromString } from 'node:v8';
  import { isMainThread } from 'node:worker_threads';
  import { runInNewContext } from 'node:vm';
  if (isMainThread) {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    process.on('SIGUSR2', () => {
      collect();
      appendFileSync(new URL('heap', import.meta.url), process.memoryUsage().heapUsed + '\\n');
    });
  }
`;

const streams = 10;
const promptBytes = 400_000;

test('while a response runs, its request is not held as parsed', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'halley-held-'));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'hook.mjs'), hook);
  writeFileSync(join(directory, 'heap'), '');
  const upstream = await startFakeUpstream();
  t.after(() => upstream.close());
  const first = 'data: {"choices":[{"index":0,"delta":{"content":"first"}}]}\n\n';
  upstream.on('', async ({ response, wholeBody }) => {
    await wholeBody;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(first);
  });
  const NODE_OPTIONS = `--import=${pathToFileURL(join(directory, 'hook.mjs'))}`;
  const gateway = await startGateway({ env: { NODE_OPTIONS } });
  t.after(() => gateway.process.kill('SIGKILL'));
  await gateway.createChannel(upstream.origin);
  const { value } = await gateway.createKey();
  let looks = 0;
  const heap = async (): Promise<number> => {
    gateway.process.kill('SIGUSR2');
    looks += 1;
    const lines = () => readFileSync(join(directory, 'heap'), 'utf8').split('\n');
    await until(() => lines().length > looks);
    return Number(lines()[looks - 1]);
  };
  const open = async (length: number) => {
    const messages = [{ role: 'user', content: 'x'.repeat(length) }];
    const stream = chat(gateway.url, value, { body: { model: 'test-model', stream: true, messages } });
    await stream.sees('first');
    return stream;
  };
  const small = await open(10);
  const before = await heap();
  const held = [];
  for (let count = 0; count < streams; count += 1) held.push(await open(promptBytes));
  const perStream = ((await heap()) - before) / streams;
  assert.ok(perStream < promptBytes / 2, `${perStream} bytes of the heap for each stream`);
  for (const stream of [small, ...held]) stream.leave();
  await gateway.stop();
});
