/** Workers are replaced one after the other without losing a request, and end with their parent. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startFleetUpstream } from '../fleet/upstream.ts';
import { Load } from '../restarts/load.ts';
import { startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { serving, startWorkers, workersEnv } from './rig.ts';

test('a rolling restart loses no request, and takes a changed number of workers', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'halley-workers-'));
  const file = join(dir, 'halley.yaml');
  await writeFile(file, 'server:\n  workers: 2\n');
  const upstream = await startFleetUpstream();
  const { HALLEY_SERVER_WORKERS: _two, ...env } = await workersEnv(2);
  const gateway = await startGateway({
    env: { ...env, HALLEY_CONFIG: file, HALLEY_LOG_REQUESTS: 'false' },
  });
  try {
    await until(() => serving(gateway).length === 2);
    await gateway.createChannel(upstream.origin);
    const { value } = await gateway.createKey();
    const load = new Load({ url: gateway.url, key: value, clients: 8, pauseMs: 10 });
    await load.reaches(50);
    await writeFile(file, 'server:\n  workers: 1\n');
    gateway.process.kill('SIGHUP');
    const stopped = () => gateway.logLines().filter(({ message }) => message === 'stopped').length;
    await until(() => serving(gateway).length === 3 && stopped() === 2);
    await load.reaches(load.sent + 50);
    await load.stop();
    assert.deepEqual(load.failures.slice(0, 3), [], load.summary);
    const pids = nonEmpty(serving(gateway)).map(({ pid }) => pid);
    assert.equal(new Set(pids).size, 3);
  } finally {
    await gateway.stop();
    await upstream.close();
    await rm(dir, { recursive: true });
  }
});

test('workers stop in order when their parent is killed', async () => {
  const gateway = await startWorkers(2);
  gateway.process.kill('SIGKILL');
  await until(() => gateway.logLines().filter(({ message }) => message === 'stopped').length === 2);
  await until(() =>
    fetch(gateway.url).then(
      () => false,
      () => true,
    ),
  );
  await rm(gateway.dataDir, { recursive: true, force: true });
});
