import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { until } from '../../tests/support/until.ts';
import { SendQueues } from './send-queues.ts';

const skip = process.platform !== 'linux' && 'only Linux lists what is not acknowledged';

for (const host of ['127.0.0.1', '::1']) {
  test(`bytes that a client over ${host} does not take are counted, and those that it takes are not`, {
    skip,
  }, async (t) => {
    const server = createServer({ pauseOnConnect: true });
    t.after(() => server.close());
    server.listen(0, host);
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address);
    const client = connect(address.port, host);
    t.after(() => client.destroy());
    client.pause();
    const [socket] = (await once(server, 'connection')) as [Socket];
    t.after(() => socket.destroy());
    const queues = new SendQueues();
    t.after(() => queues.close());
    assert.deepEqual(await queues.of(socket), { bytes: 0, isWindowClosed: false });
    socket.write(Buffer.alloc(8_000_000));
    await until(async () => {
      const queue = await queues.of(socket);
      return queue !== undefined && queue.bytes > 100_000 && queue.isWindowClosed;
    });
    const [one, other] = await Promise.all([queues.of(socket), queues.of(socket)]);
    assert.deepEqual(one, other);
    client.resume();
    await until(async () => (await queues.of(socket))?.bytes === 0);
  });
}
