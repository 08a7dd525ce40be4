/** The start of several workers: what it refuses, what it says, and that it says it once. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { halley } from '../cli/halley.ts';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { serving, workersEnv } from './rig.ts';

test('several workers on SQLite are refused, with what to use', async () => {
  const { code, stderr } = await halley(['serve', '--server.workers', '2']);
  assert.equal(code, exitCodes.settings);
  assert.match(
    stderr,
    /--server\.workers is 2, but database\.url is not set: .*Set database\.url .*or server\.workers to 1/,
  );
});

test('a worker that cannot start ends the parent with its message and its exit code', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'halley-workers-'));
  const { code, stdout, stderr } = await halley(['serve', '--server.workers', '2'], {
    HALLEY_DATA_DIR: dir,
    HALLEY_LISTEN: '127.0.0.1:0',
    HALLEY_DATABASE_URL: `postgres://halley@127.0.0.1:${await freePort()}/halley`,
  });
  rmSync(dir, { recursive: true });
  assert.equal(code, exitCodes.failure, stderr);
  assert.match(stderr, /^halley: [^\n]*127\.0\.0\.1[^\n]*\n$/, 'one line');
  assert.equal(stdout, '');
});

test('several workers print the first login once', async () => {
  const gateway = await startGateway({ env: { ...(await workersEnv(2)), HALLEY_BOOTSTRAP_TOKEN: '' } });
  await until(() => serving(gateway).length === 2);
  gateway.process.kill('SIGTERM');
  await once(gateway.process, 'exit');
  rmSync(gateway.dataDir, { recursive: true });
  assert.equal(gateway.output().match(/^ {2}password /gm)?.length, 1);
  assert.equal(gateway.output().match(/^Halley is running at /gm)?.length, 1);
});
