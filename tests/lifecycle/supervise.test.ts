/** `halley supervise` never leaves a gateway behind, and never stops a working one without a replacement. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

test('does not restart with invalid settings, or on another kind of database', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'halley-supervise-'));
  const file = join(dir, 'halley.yaml');
  await writeFile(file, 'log:\n  requests: false\n');
  const gateway = await startGateway({ command: 'supervise', env: { HALLEY_CONFIG: file } });
  try {
    const said = (part: RegExp) => gateway.logLines().some(({ message }) => part.test(String(message)));
    await writeFile(file, 'log:\n  requests: perhaps\n');
    gateway.process.kill('SIGHUP');
    await until(() => said(/^no restart: the settings are not valid/));
    await writeFile(file, 'database:\n  url: postgres://halley@127.0.0.1:1/halley\n');
    gateway.process.kill('SIGHUP');
    await until(() => said(/^no restart: to change between SQLite and PostgreSQL/));
    assert.equal((await gateway.call('GET', '/readyz')).status, 200);
    assert.ok(!said(/^restarting/));
  } finally {
    await gateway.stop();
    await rm(dir, { recursive: true });
  }
});

test('a gateway stops in order when the process that holds its socket is killed', async () => {
  const gateway = await startGateway({ command: 'supervise' });
  gateway.process.kill('SIGKILL');
  await until(() => gateway.logLines().some(({ message }) => message === 'stopped'));
  await until(() =>
    fetch(gateway.url).then(
      () => false,
      () => true,
    ),
  );
  await rm(gateway.dataDir, { recursive: true, force: true });
});
