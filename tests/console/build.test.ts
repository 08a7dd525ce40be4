/**
 * How the console's pages are built in a checkout. `tests/deploy` has those of the npm package (`package.test.ts`) and of the image
 * (`image.test.ts`).
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify, stripVTControlCharacters } from 'node:util';
import { startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { buildPages } from './built-pages.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'halley-build-'));
});
after(() => rm(directory, { recursive: true, force: true }));

/** What git ignores is not in a checkout. */
const isSource = (path: string) =>
  !/\/site\/staged|\/console\/(?:node_modules|dist)(?:\/|$)|\/console\/api\/schema\.ts$/.test(path);

async function copyInto(target: string, ...names: readonly string[]): Promise<void> {
  for (const name of names)
    await cp(join(root, name), join(target, name), { recursive: true, filter: isSource });
}

async function linkModules(target: string, ...folders: readonly string[]): Promise<void> {
  for (const folder of folders)
    await symlink(join(root, folder, 'node_modules'), join(target, folder, 'node_modules'));
}

test('without development dependencies or the source of the pages, prepare ends without a word', async () => {
  const bare = join(directory, 'bare');
  await copyInto(bare, 'package.json', 'bin', 'console');
  await copyInto(bare, 'site/build', 'site/api', 'docs');
  const prepare = async () => [
    await run('node', ['bin/prepare-console.js'], { cwd: bare }),
    await run('node', ['bin/prepare-site.js'], { cwd: bare }),
  ];
  const silent = [
    { stdout: '', stderr: '' },
    { stdout: '', stderr: '' },
  ];
  assert.deepEqual(await prepare(), silent);
  assert.ok(!existsSync(join(bare, 'console/dist')));
  assert.ok(!existsSync(join(bare, 'site/dist')));
  await rm(join(bare, 'console'), { recursive: true });
  await rm(join(bare, 'site'), { recursive: true });
  await linkModules(bare, '.');
  assert.deepEqual(await prepare(), silent);
});

test('console:dev serves the pages from their source, and the API of the gateway', async (t) => {
  const gateway = await startGateway();
  t.after(() => gateway.stop());
  const vite = spawn(process.execPath, ['console/build/dev.ts', gateway.url, '--port', '0'], { cwd: root });
  t.after(() => vite.kill());
  let printed = '';
  vite.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const address = () => /http:\/\/\S+\/console\//.exec(stripVTControlCharacters(printed))?.[0];
  await until(() => address() !== undefined);
  const origin = new URL(address() ?? '').origin;
  const page = await fetch(`${origin}/console/token`, { headers: { accept: 'text/html' } });
  assert.match(await page.text(), /@vite\/client/);
  const status = await fetch(`${origin}/api/status`);
  assert.match(await status.text(), /"name":"Halley"/);
});

test('no page of the console is heavier than its limit', async () => {
  await buildPages();
  const { stdout } = await run(process.execPath, ['console/build/check-weight.ts'], { cwd: root });
  assert.match(stdout, /of +150\.0 KiB +index\.html \+ pages\/keys/);
});
