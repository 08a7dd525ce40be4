import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { startProxy } from './proxy.ts';

/** Starts a proxy to an echo server. */
async function echo(t: TestContext) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const proxy = await startProxy(address.port);
  t.after(async () => {
    await proxy.close();
    server.close();
  });
  return { proxy, open: (first: string) => new Speaker(connect(proxy.port, '127.0.0.1'), first) };
}

class Speaker {
  heard = '';
  closed = false;
  readonly #socket: Socket;

  constructor(socket: Socket, first: string) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      this.heard += bytes.toString();
    });
    socket.on('close', () => {
      this.closed = true;
    });
    socket.write(first);
  }

  say(text: string): void {
    this.#socket.write(text);
  }
}

test('passes, delays, holds, and resets', async (t) => {
  const { proxy, open } = await echo(t);
  const speaker = open('a');
  await until(() => speaker.heard === 'a');
  proxy.set(30);
  const beganAt = performance.now();
  speaker.say('b');
  await until(() => speaker.heard === 'ab', 1);
  assert.ok(performance.now() - beganAt >= 59, 'both ways were to take 30 ms each');
  proxy.set('hold');
  speaker.say('c');
  await sleep(50);
  assert.equal(speaker.heard, 'ab');
  proxy.set('pass');
  await until(() => speaker.heard === 'abc');
  proxy.set('cut');
  await until(() => speaker.closed);
  const refused = open('d');
  await until(() => refused.closed);
  assert.equal(refused.heard, '');
});

test('swallowed data is lost, and so is the connection', async (t) => {
  const { proxy, open } = await echo(t);
  for (const way of ['swallow', 'mute'] as const) {
    const speaker = open('a');
    await until(() => speaker.heard === 'a');
    proxy.set(way);
    speaker.say('b');
    await sleep(50);
    assert.deepEqual([speaker.heard, speaker.closed], ['a', false]);
    proxy.set('pass');
    await until(() => speaker.closed);
    assert.equal(speaker.heard, 'a');
  }
});

test('recognizes the listening connection by its first bytes', async (t) => {
  const { proxy, open } = await echo(t);
  const [listening, other] = [open('name\0halley, listening\0'), open('name\0halley\0')];
  await until(() => listening.heard !== '' && other.heard !== '');
  proxy.setListening('cut');
  await until(() => listening.closed);
  other.say('more');
  await until(() => other.heard.endsWith('more'));
});
