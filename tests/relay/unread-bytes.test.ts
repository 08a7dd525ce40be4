/**
 * P2 below the process: after a revocation is confirmed, a client receives only what its own kernel already holds.
 * Bytes in the gateway's kernel, because the client does not read, are discarded.
 */
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesTakenWhenPaused, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { mutate } from '../support/mutants.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat, streamed } from './chat.ts';

let gateway: Gateway;
let upstream: FakeUpstream;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin);
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

interface Sent {
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: readonly string[];
}

/** A client that sends a request and reads nothing before `read` is called. */
class SilentClient {
  readonly #socket: Socket;
  bytesRead = 0;
  error = '';
  #closed = false;

  constructor(
    key: TestKey,
    { path = '/v1/chat/completions', body = streamed, headers = [] }: Sent,
    url: string,
  ) {
    const { hostname, port } = new URL(url);
    this.#socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    this.#socket.pause();
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? '';
    });
    this.#socket.on('close', () => {
      this.#closed = true;
    });
    const text = JSON.stringify(body);
    const head = [
      `POST ${path} HTTP/1.1`,
      'host: gateway',
      `authorization: Bearer ${key.value}`,
      `content-length: ${Buffer.byteLength(text)}`,
      ...headers,
    ];
    this.#socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
  }

  /** Bytes that this machine's kernel holds for the client, from `/proc/net/tcp` (proc_net_tcp.txt). */
  get backlog(): number {
    const { localPort, remotePort } = this.#socket;
    const ends = [localPort, remotePort].map(
      (port = 0) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`,
    );
    const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
    const row = rows.find((line) => {
      const addresses = line.trim().split(/\s+/).slice(1, 3);
      return addresses.every((address, index) => address.endsWith(ends[index] ?? ''));
    });
    const queues = row?.trim().split(/\s+/)[4];
    return queues === undefined ? 0 : Number.parseInt(queues.split(':')[1] ?? '0', 16);
  }

  /** The backlog, when it no longer grows. */
  async fullBacklog(): Promise<number> {
    let last = -1;
    await until(() => {
      const now = this.backlog;
      const isStill = now > 0 && now === last;
      last = now;
      return isStill;
    }, 100);
    return last;
  }

  endsItsSide(): void {
    this.#socket.end();
  }

  /** Sends another request without reading its response. */
  asks(head: string): void {
    this.#socket.write(`${head}\r\nhost: gateway\r\n\r\n`);
  }

  sendsGarbage(): void {
    this.#socket.write('\0\0 this is no request \r\n\r\n');
  }

  /** Reads to the end of the connection, or to the first byte beyond `allowed`. */
  async read(allowed: number): Promise<void> {
    this.#socket.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length;
    });
    this.#socket.on('end', () => this.#socket.end());
    this.#socket.resume();
    await until(() => this.#closed || this.bytesRead > allowed);
    this.#socket.destroy();
  }
}

/**
 * Deletes the key, then lets the client read.
 * @param backlog bytes in the client's kernel before that; measured here by default
 * @returns how many further bytes reached the client after the response to DELETE
 */
async function bytesAfterDelete(client: SilentClient, key: TestKey, target = gateway, backlog?: number) {
  let allowed = backlog ?? (await client.fullBacklog());
  // A reset connection is not listed any more, so poll the backlog until DELETE responds.
  const watch = setInterval(() => {
    allowed = Math.max(allowed, client.backlog);
  }, 2);
  const answer = await target.call('DELETE', `/api/token/${key.id}`);
  clearInterval(watch);
  assert.equal(answer.json?.success, true);
  await sleep(300);
  await client.read(allowed);
  return Math.max(0, client.bytesRead - allowed);
}

const geminiStream = { path: '/v1beta/models/test-model:streamGenerateContent', body: { contents: [] } };
const plain = { body: { model: 'test-model', messages: [{ role: 'user', content: 'hi' }] } };

/** A JSON response larger than the client's window, and small enough for the kernel to take it completely. */
const largeAnswer = upstreams.json({
  id: 'c',
  object: 'chat.completion',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'x'.repeat(1_500_000) }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
});

const running: Readonly<Record<string, [sent: Sent, contentType: string, start: string]>> = {
  'a stream of events': [{}, 'text/event-stream', upstreams.chatChunk('hello')],
  'a JSON array': [geminiStream, 'application/json', '[{"candidates":[{"content":{"parts":[{"text":"'],
  'a JSON text': [plain, 'application/json', '{"id":"c","choices":[{"message":{"content":"'],
};

for (const [what, [sent, contentType, start]] of Object.entries(running)) {
  test(`no byte of ${what} in flight leaves the gateway's kernel after DELETE`, async () => {
    const key = await gateway.createKey();
    upstream.on('/v1', upstreams.hugeBody(200_000_000, { 'content-type': contentType }, start));
    const client = new SilentClient(key, sent, gateway.url);
    await until(() => client.backlog > 0);
    await bytesTakenWhenPaused(upstream);
    assert.equal(await bytesAfterDelete(client, key), 0);
    await until(() => upstream.requests.at(-1)?.state === 'aborted');
  });
}

/** Returns a response that the gateway has passed completely to its kernel, for a client that reads nothing. */
async function finishedAnswer(key: TestKey, headers: readonly string[] = [], target = gateway) {
  upstream.on('/v1', largeAnswer);
  const finished = () => target.logLines().filter((line) => line.outcome === 'done').length;
  const before = finished();
  const client = new SilentClient(key, { ...plain, headers }, target.url);
  await until(() => finished() > before && client.backlog > 0);
  return client;
}

test('no byte of a response in the kernel leaves it after DELETE', async () => {
  const key = await gateway.createKey();
  assert.equal(await bytesAfterDelete(await finishedAnswer(key), key), 0);
});

test('the same some time after the response was passed to the kernel', async () => {
  const key = await gateway.createKey();
  const client = await finishedAnswer(key);
  await sleep(1500);
  assert.equal(await bytesAfterDelete(client, key), 0);
});

test('the same when the gateway has closed its side of the connection', async () => {
  const key = await gateway.createKey();
  const client = await finishedAnswer(key, ['connection: close']);
  await sleep(100);
  assert.equal(await bytesAfterDelete(client, key), 0);
});

test('the same when the client has closed its side and still reads', async () => {
  const key = await gateway.createKey();
  const client = await finishedAnswer(key);
  const backlog = await client.fullBacklog();
  client.endsItsSide();
  await sleep(100);
  assert.equal(await bytesAfterDelete(client, key, gateway, backlog), 0);
});

test('the same when the client has sent malformed data', async () => {
  const key = await gateway.createKey();
  const client = await finishedAnswer(key);
  client.sendsGarbage();
  await sleep(100);
  assert.equal(await bytesAfterDelete(client, key), 0);
});

for (const [what, ask] of Object.entries<(key: TestKey) => string>({
  'another path without a key': () => 'GET /healthz HTTP/1.1',
  'a path that does not exist': () => 'GET /nothing HTTP/1.1',
  'the models, with the same key': ({ value }) => `GET /v1/models HTTP/1.1\r\nauthorization: Bearer ${value}`,
  'a body that is no request': ({ value }) =>
    `POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer ${value}\r\ncontent-length: 0`,
  'another path, and closes': () => 'GET /healthz HTTP/1.1\r\nconnection: close',
})) {
  test(`the same when the client has since requested ${what} without reading`, async () => {
    const key = await gateway.createKey();
    const client = await finishedAnswer(key);
    client.asks(ask(key));
    await sleep(100);
    assert.equal(await bytesAfterDelete(client, key), 0);
  });
}

test('no byte of an aborted stream leaves the kernel when the client sends another request', async () => {
  const key = await gateway.createKey();
  upstream.on('/v1', upstreams.hugeBody(1_500_000, undefined, upstreams.chatChunk('hello')));
  const client = new SilentClient(key, {}, gateway.url);
  const backlog = await client.fullBacklog();
  const deleted = bytesAfterDelete(client, key, gateway, backlog);
  await sleep(60);
  client.asks('GET /healthz HTTP/1.1');
  assert.equal(await deleted, 0);
});

test('a client that reads gets the complete response before DELETE', async () => {
  const key = await gateway.createKey();
  upstream.on('/v1', largeAnswer);
  const stream = chat(gateway.url, key.value);
  assert.equal(await stream.end(), 'whole');
  const answer = await gateway.call('DELETE', `/api/token/${key.id}`);
  assert.equal(answer.json?.success, true);
  assert.ok(stream.text().length > 1_500_000);
});

test('catches a gateway that closes only with FIN', async () => {
  const edit = { mark: 'a connection is reset', part: 'expression.callee.object.property', with: 'destroy' };
  const dir = mutate(['src'], [edit]);
  const mutant = await startGateway({ entry: join(dir, 'src/cli/halley.ts') });
  try {
    await mutant.createChannel(upstream.origin);
    const key = await mutant.createKey();
    const client = await finishedAnswer(key, [], mutant);
    assert.ok((await bytesAfterDelete(client, key, mutant)) > 0);
  } finally {
    await mutant.stop();
    rmSync(dir, { recursive: true });
  }
});
