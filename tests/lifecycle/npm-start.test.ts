/** The gateway when the `npm start` that runs it is stopped. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chat } from '../relay/chat.ts';
import { compileCache } from '../support/compile-cache.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';

const root = join(import.meta.dirname, '../..');

/** A supervisor signals one process, a terminal the whole process group. */
const ways = [
  { name: 'SIGTERM to npm', end: (npm: ChildProcess) => npm.kill('SIGTERM') },
  { name: 'SIGINT of a terminal', end: (npm: ChildProcess) => process.kill(-Number(npm.pid), 'SIGINT') },
  { name: 'SIGTERM to the group', end: (npm: ChildProcess) => process.kill(-Number(npm.pid), 'SIGTERM') },
];

interface Line {
  readonly message?: string;
  readonly address?: string;
}

async function startByNpm(dataDir: string) {
  const npm = spawn('npm', ['start'], {
    cwd: root,
    // A process group of its own, as a shell creates for each command.
    detached: true,
    env: {
      PATH: process.env.PATH,
      ...compileCache,
      HOME: dataDir,
      npm_config_update_notifier: 'false',
      HALLEY_DATA_DIR: join(dataDir, 'data'),
      HALLEY_LISTEN: '127.0.0.1:0',
      HALLEY_BOOTSTRAP_TOKEN: 'token-of-a-test-1',
      HALLEY_UPSTREAMS_ALLOW_PRIVATE: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  npm.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  npm.stderr.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  const lines = () =>
    text
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line);
  await until(() => lines().some(({ message }) => message === 'listening'));
  const url = `http://${lines().find(({ message }) => message === 'listening')?.address}`;
  return { npm, url, lines, text: () => text };
}

async function post(url: string, path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const headers = { authorization: 'token-of-a-test-1', 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await answer.json()) as Readonly<Record<string, unknown>>;
}

async function isGone(url: string): Promise<boolean> {
  return await fetch(`${url}/healthz`).then(
    () => false,
    () => true,
  );
}

for (const { name, end } of ways) {
  test(`${name}: the gateway ends with npm, once, after its in-flight request`, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'halley-npm-'));
    const upstream = await startFakeUpstream();
    const { npm, url, lines, text } = await startByNpm(dataDir);
    const exited = once(npm, 'exit');
    try {
      let answer: (() => void) | undefined;
      upstream.on('/v1', async (exchange) => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        await upstreams.chatAnswer()(exchange);
      });
      await post(url, '/api/channel/', {
        name: 'test upstream',
        protocols: ['openai'],
        base_url: upstream.origin,
        keys: ['upstream-key'],
        models: ['test-model'],
      });
      await fetch(`${url}/api/price`, {
        method: 'PUT',
        headers: { authorization: 'token-of-a-test-1', 'content-type': 'application/json' },
        body: JSON.stringify({ models: [{ id: 'test-model', input: '2', output: '2', effective_from: 0 }] }),
      });
      const key = (await post(url, '/api/token/', { name: 'one', unlimited_quota: true })).data as {
        key: string;
      };
      const running = chat(url, key.key);
      await until(() => answer !== undefined);

      end(npm);
      await until(() => lines().some(({ message }) => message === 'draining'));
      answer?.();
      assert.equal(await running.end(), 'whole', text());
      assert.equal((await running.head()).status, 200, text());
      await exited;
      await until(() => lines().some(({ message }) => message === 'stopped'));
      await until(() => isGone(url));
    } finally {
      // Kill the rest of the group, if any.
      try {
        process.kill(-Number(npm.pid), 'SIGKILL');
      } catch {
        // The group is empty.
      }
      await upstream.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
}
