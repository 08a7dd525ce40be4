import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { until } from '../../tests/support/until.ts';
import { UnacknowledgedBytes } from './unacknowledged.ts';

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
    const unacknowledged = new UnacknowledgedBytes();
    assert.equal(await unacknowledged.of(socket), 0);
    socket.write(Buffer.alloc(8_000_000));
    await until(async () => ((await unacknowledged.of(socket)) ?? 0) > 100_000);
    const [one, other] = await Promise.all([unacknowledged.of(socket), unacknowledged.of(socket)]);
    assert.equal(one, other);
    client.resume();
    await until(async () => (await unacknowledged.of(socket)) === 0);
  });
}
