/** Compiled code that a gateway leaves for its next start: where, with which rights, and when it is not used. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startGateway } from '../support/gateway.ts';

const root = join(import.meta.dirname, '../..');

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'halley-code-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** The other tests share a folder of their own. */
async function startAndStop(directory: string, dataDir: string): Promise<void> {
  const env = { NODE_COMPILE_CACHE: '', HALLEY_DATA_DIR: dataDir };
  const gateway = await startGateway({ dataDir: directory, env });
  await gateway.stop();
}

test('a gateway leaves compiled code in its data directory, for itself alone, and removes that of other versions', async (t) => {
  const directory = temporary(t);
  const dataDir = join(directory, 'data');
  await startAndStop(directory, dataDir);
  const folder = join(dataDir, 'code-cache');
  for (const each of [dataDir, folder]) assert.equal(statSync(each).mode & 0o777, 0o700, each);
  const [version = '', ...others] = readdirSync(folder);
  assert.deepEqual(others, []);
  assert.match(version, new RegExp(`^${process.version}-`));
  assert.ok(readdirSync(join(folder, version)).length > 0);

  mkdirSync(join(folder, 'v20.0.0-x64-0-0'));
  await startAndStop(directory, dataDir);
  assert.deepEqual(readdirSync(folder), [version]);
});

test('a folder of compiled code in which others may write is not used', async (t) => {
  const dataDir = temporary(t);
  const folder = join(dataDir, 'code-cache');
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  await startAndStop(dataDir, dataDir);
  assert.deepEqual(readdirSync(folder), []);
});

test('the command names its compiled code to Node for a gateway only, and bounds the heap', (t) => {
  const directory = temporary(t);
  cpSync(join(root, 'bin'), join(directory, 'bin'), { recursive: true });
  const modules = join(directory, 'node_modules/.bin');
  mkdirSync(modules, { recursive: true });
  const shown = '#!/bin/sh\necho "$1 cache=$NODE_COMPILE_CACHE arenas=$MALLOC_ARENA_MAX"\n';
  writeFileSync(join(modules, 'node'), shown, { mode: 0o755 });
  const dataDir = join(directory, 'data');
  const runs = (command: string, env: Readonly<Record<string, string>> = {}) =>
    spawnSync(join(directory, 'bin/halley'), [command], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HALLEY_DATA_DIR: dataDir, ...env },
    }).stdout.trim();

  const heap = '--heap-growing-percent=100';
  const folder = join(dataDir, 'code-cache');
  assert.equal(runs('serve'), `${heap} cache= arenas=2`);
  assert.equal(existsSync(folder), false, 'made by the gateway, with its rights');
  mkdirSync(folder, { recursive: true });
  assert.equal(runs('serve'), `${heap} cache=${folder} arenas=2`);
  assert.equal(runs('keys'), `${heap} cache= arenas=2`);
  const own = { NODE_COMPILE_CACHE: '/elsewhere', MALLOC_ARENA_MAX: '4' };
  assert.equal(runs('serve', own), `${heap} cache=/elsewhere arenas=4`);
});
