import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createHttpServer } from '../http/server.ts';
import { systemClock } from '../platform/clock.ts';
import { createLog } from '../platform/log.ts';
import { systemRandom } from '../platform/random.ts';
import { settingsSchema } from '../platform/settings/schema.ts';
import { ClientResponse } from './client-response.ts';

test('a client that leaves the end of a finished answer unread is given up', async (t) => {
  const closed = Promise.withResolvers<void>();
  const ignore = (): void => {};
  const server = createHttpServer({
    settings: settingsSchema.parse({}).http,
    clock: systemClock,
    random: systemRandom,
    log: createLog({ level: 'error' }, { write: ignore }),
    handle(exchange) {
      const options = { clock: systemClock, slowClientMs: 100, heartbeatMs: 100, isRevocable: true };
      const events = { onDrain: ignore, onGone: ignore, onStalled: ignore, onClosed: closed.resolve };
      const response = new ClientResponse(exchange, options, events);
      response.prepare(200, []);
      // More than the system's buffers hold.
      response.end(Buffer.alloc(64_000_000));
    },
  });
  t.after(() => server.close());
  const { port } = await server.listen('127.0.0.1:0');
  const client = connect(port, '127.0.0.1');
  client.on('error', ignore);
  client.pause();
  await once(client, 'connect');
  client.write('GET / HTTP/1.1\r\nhost: gateway\r\n\r\n');
  await closed.promise;
  client.destroy();
});
