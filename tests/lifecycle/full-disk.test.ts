/** A full disk at the start, at run time, and for `halley doctor`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { chat } from '../relay/chat.ts';
import { compileCache } from '../support/compile-cache.ts';
import { onlyOn } from '../support/engine.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { besideGateway, needsSmallDisk } from '../support/small-disk.ts';
import { until } from '../support/until.ts';

const entry = join(import.meta.dirname, '../support/small-disk.ts');
const options = { ...onlyOn('sqlite', 'the disk of the data directory'), ...needsSmallDisk() };

/**
 * Fills the disk completely.
 * @returns a function that frees the space
 */
function fill(dir: string): () => void {
  const path = join(dir, 'filler');
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(file);
  }
  return () => rmSync(path);
}

function doctor(gateway: Gateway) {
  const { code, stdout } = besideGateway(gateway.process.pid, ['doctor', '--json', '--url', gateway.url], {
    HALLEY_DATA_DIR: gateway.dataDir,
    HOME: gateway.dataDir,
  });
  const findings = JSON.parse(stdout) as { check: string; outcome: string; message: string }[];
  return { code, disk: findings.find(({ check }) => check === 'disk'), findings };
}

test(
  'with a full disk nothing is confirmed or lost, doctor and readyz report it, and it recovers when there is space',
  options,
  async (t) => {
    const upstream = await startFakeUpstream();
    const gateway = await startGateway({
      entry,
      env: { SMALL_DISK_KIB: '8192', HALLEY_LEDGER_COMMIT_WAIT_MS: '300' },
    });
    t.after(() => upstream.close());
    t.after(() => void gateway.process.kill('SIGKILL'));
    const own = { HALLEY_DATA_DIR: gateway.dataDir, HOME: gateway.dataDir };
    const outside = join(`/proc/${gateway.process.pid}/root`, gateway.dataDir);
    await gateway.createChannel(upstream.origin);
    const key = await gateway.createKey();
    const limited = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000 });
    const statusOf = async ({ value }: { value: string }) => {
      const stream = chat(gateway.url, value);
      const { status } = await stream.head();
      await stream.end();
      return status;
    };
    assert.deepEqual([await statusOf(key), await statusOf(limited)], [200, 200]);
    // A disk of 8 MiB is always low on space, which is a warning and not a failure.
    const low = doctor(gateway);
    assert.equal(low.disk?.outcome, 'warning');
    assert.match(low.disk?.message ?? '', /Only \d MiB of 8 MiB are free/);

    const free = fill(outside);
    const ready = await gateway.call('GET', '/readyz');
    assert.deepEqual([ready.status, ready.json], [503, { status: 'disk full' }]);
    assert.deepEqual([await statusOf(key), await statusOf(limited)], [503, 503]);
    const refused = await gateway.call('DELETE', `/api/token/${key.id}`);
    assert.deepEqual([refused.status, refused.json?.success], [503, false]);
    const full = doctor(gateway);
    assert.equal(full.code, exitCodes.failure);
    assert.equal(full.disk?.outcome, 'failed');
    assert.match(full.disk?.message ?? '', /the disk is full\. Free space/);
    for (const { check, message } of nonEmpty(full.findings)) {
      if (check !== 'restores') assert.doesNotMatch(message, /[Rr]estore/);
    }
    await until(() => gateway.logLines().some(({ error }) => /disk is full/.test(String(error))));

    free();
    await until(async () => (await gateway.call('GET', '/readyz')).status === 200);
    await until(async () => (await statusOf(key)) === 200);
    // The response of the upstream while the disk was full has a record.
    const sent = upstream.requests.length;
    const records = async () =>
      (dataOf(await gateway.call('GET', '/api/log/?type=2&page_size=100')).items as unknown[]).length;
    await until(async () => (await records()) === sent);
    assert.equal((await gateway.call('DELETE', `/api/token/${key.id}`)).json?.success, true);
    assert.equal(await statusOf(key), 401);
    const verified = besideGateway(gateway.process.pid, ['ledger', 'verify'], own);
    assert.equal(verified.code, exitCodes.ok, verified.stderr);
    await gateway.stop();
  },
);

test('a start on a full disk names the file and the fix', options, (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'halley-full-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const env = {
    PATH: process.env.PATH,
    ...compileCache,
    HOME: dir,
    HALLEY_DATA_DIR: dir,
    HALLEY_LISTEN: '127.0.0.1:0',
  };
  for (const size of ['32', '200']) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [entry, 'serve'], {
      env: { ...env, SMALL_DISK_KIB: size },
      cwd: dir,
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(status, exitCodes.failure, `${size} KiB: ${stdout}`);
    assert.match(
      stderr,
      /^halley: .*halley-full-\S+ cannot be written: the disk is full\. Free space on its file system\.\n$/,
    );
    assert.doesNotMatch(stdout, /"listening"/);
  }
});
