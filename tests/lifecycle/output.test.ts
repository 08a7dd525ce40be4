/** The output of a gateway: log lines for programs on standard output, messages for people on standard error. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chat, streamed } from '../relay/chat.ts';
import { compileCache } from '../support/compile-cache.ts';
import { engineEnv } from '../support/engine.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';

const entry = join(import.meta.dirname, '../../src/cli/halley.ts');

test('standard output has only JSON lines, at the first start and later, and standard error the messages for people', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'halley-output-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  for (const told of [/access token {3}\S+/, /^Halley is running at http:\/\/\S+$/m]) {
    const child = spawn(process.execPath, [entry, 'serve'], {
      env: {
        PATH: process.env.PATH,
        ...compileCache,
        HALLEY_DATA_DIR: dataDir,
        HALLEY_LISTEN: '127.0.0.1:0',
        ...(await engineEnv(dataDir)),
      },
      cwd: dataDir,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    const written = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (written.stdout += chunk));
    child.stderr.on('data', (chunk) => (written.stderr += chunk));
    const ended = new Promise((resolve) => child.once('close', resolve));
    await until(() => told.test(written.stderr) || child.exitCode !== null);
    assert.match(written.stderr, told);
    // It serves requests, so its signal handlers are installed.
    const url = /running at (http:\/\/\S+)/.exec(written.stderr)?.[1];
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    child.kill('SIGTERM');
    await ended;
    const lines = written.stdout.trimEnd().split('\n');
    const messages = lines.map((line) => (JSON.parse(line) as { message: string }).message);
    for (const message of ['listening', 'draining', 'stopped'])
      assert.ok(messages.includes(message), message);
  }
});

test('does not log refusals while draining as errors', async () => {
  const upstream = await startFakeUpstream();
  const gateway = await startGateway();
  try {
    await gateway.createChannel(upstream.origin);
    const key = await gateway.createKey();
    upstream.on('/v1', upstreams.chatStream(60, 30));
    const running = chat(gateway.url, key.value, { body: streamed });
    await running.sees('word1');
    gateway.process.kill('SIGTERM');
    await until(() => gateway.logLines().some(({ message }) => message === 'draining'));
    const refused = chat(gateway.url, key.value);
    assert.equal((await refused.head()).status, 503);
    await refused.end();
    assert.equal((await gateway.call('GET', '/api/token/')).status, 503);
    assert.equal(await running.end(), 'whole');
    await until(() => gateway.process.exitCode !== null);
    const lines = gateway.logLines().filter(({ code }) => code === 'draining');
    assert.deepEqual(
      lines.map(({ level, message }) => [level, message]),
      [
        ['info', 'model request refused'],
        ['info', 'management'],
      ],
    );
  } finally {
    await gateway.kill();
    await upstream.close();
  }
});
