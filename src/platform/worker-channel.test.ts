import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { WorkerChannel } from './worker-channel.ts';

/** What the thread below serves. */
type Handlers = {
  readonly double: (n: number) => number;
  readonly doubleLater: (n: number) => Promise<number>;
  readonly refuse: (param: string) => never;
  readonly fail: (text: string) => never;
  readonly exit: (code: number) => never;
  readonly length: (bytes: Uint8Array<ArrayBuffer>) => number;
  readonly bytes: (length: number) => Uint8Array;
};

const code = `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { HalleyError } from '${import.meta.resolve('./errors.ts')}';
  import { serveHandlers } from '${import.meta.resolve('./worker-handlers.ts')}';
  serveHandlers({
    double: (n) => 2 * n,
    doubleLater: async (n) => { await sleep(20); return 2 * n; },
    refuse: (param) => { throw new HalleyError('invalid_value', { message: 'wrong', param, log: 'inside' }); },
    fail: (text) => { throw new TypeError(text); },
    exit: (code) => process.exit(code),
    length: (bytes) => bytes.length,
    bytes: (length) => new Uint8Array(length),
  }, (result) => (result instanceof Uint8Array ? [result.buffer] : []));`;

function open(t: TestContext, onIdle?: () => void) {
  const channel = new WorkerChannel<Handlers>({
    file: new URL(`data:text/javascript,${encodeURIComponent(code)}`),
    lostError: (reason) => new Error(`lost: ${reason}`),
    ...(onIdle && { onIdle }),
  });
  t.after(() => channel.close());
  return channel;
}

test('each call gets its own reply, although later ones come first', async (t) => {
  const channel = open(t);
  const order: number[] = [];
  const slow = channel.call('doubleLater', 1).then((n) => order.push(n));
  const fast = [2, 3].map((n) => channel.call('double', n).then((result) => order.push(result)));
  await Promise.all([slow, ...fast]);
  assert.deepEqual(order, [4, 6, 2]);
});

test('an error of the catalogue keeps its fields on its way from the thread, any other its text', async (t) => {
  const channel = open(t);
  await assert.rejects(channel.call('refuse', 'field'), {
    name: 'HalleyError',
    code: 'invalid_value',
    status: 400,
    message: 'wrong',
    param: 'field',
    log: 'inside',
  });
  await assert.rejects(channel.call('fail', 'no good'), { name: 'Error', message: 'TypeError: no good' });
});

test('memory is given away to the thread and back', async (t) => {
  const channel = open(t);
  const bytes = new Uint8Array(8);
  assert.equal(await channel.call('length', bytes, [bytes.buffer]), 8);
  assert.equal(bytes.length, 0);
  assert.equal((await channel.call('bytes', 5)).length, 5);
});

test('what cannot be copied is refused, and the others get their replies', async (t) => {
  const channel = open(t);
  const uncopied = channel.call('double', (() => 1) as unknown as number);
  await assert.rejects(uncopied, { name: 'DataCloneError' });
  assert.equal(channel.outstanding, 0);
  assert.equal(await channel.call('double', 4), 8);
});

test('a thread that dies rejects what is outstanding, and the next call starts another', async (t) => {
  const idle: number[] = [];
  const channel = open(t, () => idle.push(channel.outstanding));
  const calls = [channel.call('doubleLater', 1), channel.call('exit', 1), channel.call('double', 1)];
  const outcomes = await Promise.allSettled(calls);
  assert.deepEqual(
    outcomes.map((each) => each.status === 'rejected' && String(each.reason)),
    calls.map(() => 'Error: lost: it ended'),
  );
  assert.equal(channel.isRunning, false);
  assert.equal(await channel.call('double', 2), 4);
  assert.deepEqual(idle, [0, 0]);
});

test('closing rejects what is outstanding and whatever is asked afterwards, and ends the thread', async (t) => {
  const channel = open(t);
  const started = once(process, 'worker') as Promise<[Worker]>;
  const call = assert.rejects(channel.call('doubleLater', 1), /lost: it is closed/);
  const [worker] = await started;
  await channel.close();
  await call;
  assert.equal(worker.threadId, -1);
  await assert.rejects(channel.call('double', 1), /lost: it is closed/);
  assert.equal(channel.isRunning, false);
});
