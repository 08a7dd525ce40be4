import assert from 'node:assert/strict';
import { BoundSocket, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { until } from '../../../tests/support/until.ts';
import { systemClock } from '../../platform/clock.ts';
import { Acceptor, type Taker } from './acceptor.ts';

/** Takes what is passed, and says so when the test says so. */
class TestTaker implements Taker {
  readonly taken: Socket[] = [];

  pass(_name: 'main' | 'metrics', connection: Socket): void {
    this.taken.push(connection);
  }
}

function start(t: TestContext) {
  const place = new BoundSocket({ host: '127.0.0.1' });
  const { port } = place.address();
  const acceptor = new Acceptor({ name: 'main', place, clock: systemClock });
  const clients: Socket[] = [];
  const takers = [new TestTaker(), new TestTaker()] as const;
  t.after(async () => {
    await acceptor.close();
    for (const socket of [...clients, ...takers.flatMap(({ taken }) => taken)]) socket.destroy();
  });
  /** Opens a connection, and waits until the acceptor has it. */
  const open = async () => {
    const client = connect(port, '127.0.0.1');
    clients.push(client);
    client.on('error', () => undefined);
    await new Promise((resolve) => client.once('connect', resolve));
  };
  return { acceptor, takers, open };
}

test('connections go to the worker that has waited longest, and wait while no worker is free', async (t) => {
  const { acceptor, takers, open } = start(t);
  const [first, second] = takers;
  for (const taker of nonEmpty(takers)) await acceptor.join(taker);
  for (let opened = 0; opened < 3; opened += 1) await open();
  await until(() => first.taken.length === 1 && second.taken.length === 1);
  acceptor.onTaken(second);
  await until(() => second.taken.length === 2);
  assert.equal(first.taken.length, 1);
});

test('a worker that has left gets nothing more', async (t) => {
  const { acceptor, takers, open } = start(t);
  const [first, second] = takers;
  for (const taker of nonEmpty(takers)) await acceptor.join(taker);
  acceptor.leave(first);
  acceptor.onTaken(first);
  await open();
  await until(() => second.taken.length === 1);
  await open();
  acceptor.onTaken(second);
  await until(() => second.taken.length === 2);
  assert.equal(first.taken.length, 0);
});

test('the end waits until what was accepted has been passed on', async (t) => {
  const { acceptor, takers, open } = start(t);
  const [first] = takers;
  await acceptor.join(first);
  await open();
  await until(() => first.taken.length === 1);
  await open();
  let isClosed = false;
  const closed = acceptor.close().then(() => {
    isClosed = true;
  });
  // Longer than the quiet turn for which the end waits.
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(isClosed, false);
  acceptor.onTaken(first);
  await closed;
  assert.equal(first.taken.length, 2);
});
