/** A gateway on sockets of a service manager: what connects while it is stopped is served by the next process. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { BoundSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { workersEnv } from '../workers/rig.ts';

async function restartOnHeldSockets(env: Readonly<Record<string, string>>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'halley-held-'));
  const [main, metrics] = [new BoundSocket({ host: '127.0.0.1' }), new BoundSocket({ host: '127.0.0.1' })];
  const sockets = { halley: main.fd(), metrics: metrics.fd() };
  const options = { dataDir, env, sockets };
  const first = await startGateway(options);
  assert.equal(new URL(first.url).port, String(main.address().port));
  const metricsUrl = `http://127.0.0.1:${metrics.address().port}/metrics`;
  assert.equal((await fetch(metricsUrl, { headers: { connection: 'close' } })).status, 200);
  await first.stop();
  // The socket listens on, although no process accepts.
  const waiting = fetch(`${first.url}/readyz`);
  const second = await startGateway(options);
  assert.equal((await waiting).status, 200);
  await second.stop();
  main.close();
  metrics.close();
  await rm(dataDir, { recursive: true });
}

test('one process serves on the sockets of a service manager', () => restartOnHeldSockets({}));

test('workers serve on the sockets of a service manager', async () =>
  restartOnHeldSockets(await workersEnv(2)));
