/** Several workers are one gateway: one port, one log, one place for metrics, one signal, and the promise of a DELETE. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FleetUpstream, startFleetUpstream } from '../fleet/upstream.ts';
import type { Gateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { chat, connections, serving, startWorkers } from './rig.ts';

let gateway: Gateway;
let upstream: FleetUpstream;
before(async () => {
  upstream = await startFleetUpstream();
  gateway = await startWorkers(2);
  await gateway.createChannel(upstream.origin);
});
after(async () => {
  await gateway.stop();
  await upstream.close();
  assert.ok(!isRunning(nonEmpty(serving(gateway)).map(({ pid }) => pid)));
});

function isRunning(pids: readonly number[]): boolean {
  return pids.some((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });
}

/** Requests that the two workers have served with a status. */
async function servedBy(status: number): Promise<readonly number[]> {
  const { text } = await gateway.call('GET', '/metrics');
  return [1, 2].map((worker) => {
    const line = new RegExp(
      `^halley_requests_total\\{.*status="${status}",worker="${worker}"\\} (\\d+)$`,
      'm',
    );
    return Number(line.exec(text)?.[1] ?? 0);
  });
}

test('a key that is deleted through one worker is dead on every other one before the DELETE answers', async () => {
  const key = await gateway.createKey();
  const open = connections(gateway, 8);
  const before = await Promise.all(open.map((connection) => connection.ask(chat(key.value))));
  assert.deepEqual([...new Set(before.map(({ status }) => status))], [200]);
  const deletion = await gateway.call('DELETE', `/api/token/${key.id}`);
  assert.equal(deletion.status, 200);
  assert.match(deletion.headers.get('x-halley-revocation') ?? '', /^nodes=1; silent=0;/);
  const later = await Promise.all(open.map((connection) => connection.ask(chat(key.value))));
  assert.deepEqual([...new Set(later.map(({ status }) => status))], [401]);
  for (const connection of open) connection.close();
  assert.ok(
    nonEmpty(await servedBy(401)).every((refusals) => refusals > 0),
    'a worker got no connection',
  );
});

test('streams on every worker end with a DELETE through one of them', async () => {
  const key = await gateway.createKey();
  const open = connections(gateway, 4);
  const streams = open.map((connection) => connection.ask(chat(key.value, { stream: true })));
  await until(() => upstream.streams() === open.length);
  const deletion = await gateway.call('DELETE', `/api/token/${key.id}`);
  assert.equal(deletion.status, 200);
  const ends = await Promise.all(streams);
  assert.ok(nonEmpty(ends).every(({ body }) => body.includes('"error":{')));
});

test('long connections are distributed evenly', async () => {
  const key = await gateway.createKey();
  const before = await servedBy(200);
  const open = [];
  for (let opened = 0; opened < 40; opened += 1) {
    const [connection] = connections(gateway, 1);
    assert.ok(connection);
    assert.equal((await connection.ask(chat(key.value))).status, 200);
    open.push(connection);
  }
  const now = await servedBy(200);
  const each = now.map((count, index) => count - (before[index] ?? 0));
  assert.deepEqual(each, [20, 20]);
  for (const connection of open) connection.close();
});

test('one request for metrics shows every worker, each metric once', async () => {
  const { text } = await gateway.call('GET', '/metrics');
  const names = nonEmpty([...text.matchAll(/^# TYPE (\S+)/gm)]).map(([, name]) => name);
  assert.equal(new Set(names).size, names.length);
  const workers = [...text.matchAll(/^halley_keys_in_memory\{worker="(\d)"\} \d+$/gm)].map(
    ([, worker]) => worker,
  );
  assert.deepEqual(workers.toSorted(), ['1', '2']);
});

test('the log is one, and its lines name the worker', () => {
  const requests = gateway.logLines().filter(({ message }) => message === 'request');
  assert.deepEqual(new Set(requests.map(({ worker }) => worker)), new Set([1, 2]));
});

test('a worker that is killed is replaced, and the others serve meanwhile', async () => {
  const [first] = serving(gateway);
  assert.ok(first);
  const key = await gateway.createKey();
  process.kill(first.pid, 'SIGKILL');
  const ended = () =>
    gateway.logLines().find(({ message }) => String(message).startsWith('a worker ended by itself'));
  await until(() => ended() !== undefined);
  assert.equal(ended()?.signal, 'SIGKILL');
  const [connection] = connections(gateway, 1);
  assert.equal((await connection?.ask(chat(key.value)))?.status, 200);
  connection?.close();
  await until(() => serving(gateway).length === 3);
  assert.equal(serving(gateway)[2]?.worker, first.worker);
});
