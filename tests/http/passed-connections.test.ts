/** A server whose connections another process accepts treats them as if it had accepted them itself. */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { listeningAt } from '../../src/http/listener.ts';
import type { ConnectionSource } from '../../src/platform/parent-link.ts';
import { exchangeBytes, RawClient } from './raw-client.ts';
import { type ShellOptions, startShell } from './shell.ts';

/** Connections as a worker gets them: the worker's socket is not half-open. */
function passedConnections(t: TestContext): ConnectionSource {
  const server = createServer({ noDelay: true });
  t.after(() => server.close());
  return {
    async take(onConnection: (socket: Socket) => void) {
      server.on('connection', onConnection);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      assert.ok(address !== null && typeof address === 'object');
      return listeningAt(address).hostPort;
    },
    leave: async () => undefined,
  };
}

const start = (t: TestContext, options: ShellOptions = {}) =>
  startShell(t, { ...options, place: passedConnections(t) });

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('passed connections have the time limits of the headers and of an idle connection', async (t) => {
  const shell = await start(t, { settings: { headers_ms: 50, keep_alive_ms: 50 } });
  const slow = await exchangeBytes(shell.port, 'GET / HTTP/1.1\r\nHost');
  assert.deepEqual(slow.statuses, [408]);
  const idle = await exchangeBytes(shell.port, request);
  assert.deepEqual(idle.statuses, [200]);
});

test('passed connections beyond the limit are closed', async (t) => {
  const shell = await start(t, { settings: { connections_max: 1 } });
  const first = await RawClient.open(shell.port);
  first.send(request);
  await first.untilReceived('}');
  const second = await RawClient.open(shell.port);
  assert.equal(await second.untilEnded(), '');
  first.socket.destroy();
});

test('a client on a passed connection that has ended its side is answered', async (t) => {
  const shell = await start(t);
  const client = await RawClient.open(shell.port);
  client.socket.end(request);
  await client.untilReceived('}');
  assert.deepEqual(client.statuses, [200]);
});
