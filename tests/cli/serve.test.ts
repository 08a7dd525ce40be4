import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { halley } from './halley.ts';

test('the first signal waits for in-flight requests, a second one does not', async () => {
  const upstream = await startFakeUpstream();
  const gateway = await startGateway();
  try {
    upstream.on('', ({ over }) => once(over, 'abort').then(() => undefined));
    await gateway.createChannel(upstream.origin);
    const { value } = await gateway.createKey();
    const body = JSON.stringify({ model: 'test-model', messages: [{ role: 'user', content: 'hi' }] });
    const headers = { authorization: `Bearer ${value}`, 'content-type': 'application/json' };
    const request = fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, body });
    const ended = request.then(
      () => undefined,
      () => undefined,
    );
    await until(() => upstream.requests.length === 1);
    gateway.process.kill('SIGTERM');
    await until(() => gateway.logLines().some(({ message }) => message === 'draining'));
    assert.equal(gateway.process.exitCode, null);
    const exit = once(gateway.process, 'exit');
    // A second signal right after the first counts as a copy of it.
    await until(() => gateway.process.exitCode !== null || !gateway.process.kill('SIGTERM'), 100);
    assert.deepEqual(await exit, [exitCodes.failure, null]);
    await ended;
  } finally {
    await gateway.kill();
    await upstream.close();
  }
});

test('a failed start prints one line', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'halley-serve-'));
  try {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const inFile = await halley(['serve', '--data-dir', join(file, 'data'), '--listen', '127.0.0.1:0']);
    assert.equal(inFile.code, exitCodes.failure);
    assert.match(inFile.stderr, /^halley: .*data.*\n$/);

    const gateway = await startGateway();
    try {
      const taken = new URL(gateway.url).host;
      const second = await halley(['serve', '--data-dir', join(directory, 'data'), '--listen', taken]);
      assert.equal(second.code, exitCodes.failure);
      assert.match(second.stderr, /^halley: .*EADDRINUSE.*\n$/);
    } finally {
      await gateway.stop();
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
