/**
 * The pages reach a gateway in a checkout and in the image. Each is built from a copy of the source, with the modules that
 * `npm ci` brought. `tests/deploy/package.test.ts` has those of the npm package.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify, stripVTControlCharacters } from 'node:util';
import { startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { buildPages, buildSite } from './built-pages.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

let directory: string;
/** The stage of the image in which the pages are built. */
let pages: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'halley-build-'));
  pages = join(directory, 'pages');
  // The stage would build the site too. That of the same source is there already, which spares half a minute.
  await buildSite();
  await copyAs(stageOf(dockerfile, /^FROM .* AS pages$/m), pages, {});
  await linkModules(pages, '.', 'console');
  await run('npm', ['run', 'prepare'], { cwd: pages });
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

/** Fails unless a gateway that is installed there serves the pages with all that they load. */
async function checkServed(installed: string): Promise<void> {
  const gateway = await startGateway({ entry: join(installed, 'src/cli/halley.ts') });
  try {
    const shell = await (await fetch(`${gateway.url}/console`)).text();
    const files = nonEmpty(shell.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)).map(([, path = '']) => path);
    assert.ok(
      files.some((path) => path.endsWith('.js')) && files.some((path) => path.endsWith('.css')),
      shell,
    );
    for (const path of nonEmpty(files)) {
      const response = await fetch(gateway.url + path, { headers: { 'accept-encoding': 'br' } });
      assert.equal(response.status, 200, path);
      const text = await response.text();
      assert.doesNotMatch(text, /<!doctype/i, path);
      // A file of a few words is no smaller when compressed.
      const isCompressed = path.includes('/assets/') && text.length > 500;
      if (isCompressed) assert.equal(response.headers.get('content-encoding'), 'br', path);
    }
  } finally {
    await gateway.stop();
  }
}

/** The lines of a stage of the Dockerfile. */
function stageOf(text: string, pattern: RegExp): readonly string[] {
  const stages = text.replaceAll(/\s*\\\n\s*/g, ' ').split(/^(?=FROM )/m);
  return (stages.find((stage) => pattern.test(stage)) ?? assert.fail('there is no such stage')).split('\n');
}

/** Does what the COPY lines of a stage do. */
async function copyAs(stage: readonly string[], target: string, from: Readonly<Record<string, string>>) {
  for (const line of nonEmpty(stage.filter((text) => text.startsWith('COPY ')))) {
    const [, other, files = ''] = /^COPY (?:--from=(\w+) )?(.+)$/.exec(line) ?? [];
    const [destination = '', ...sources] = files.split(' ').toReversed();
    for (const source of nonEmpty(sources)) {
      const base = other === undefined ? root : (from[other] ?? assert.fail(other));
      const path = source.replace('/opt/halley/', '');
      const isFolder = destination.endsWith('/');
      const end = isFolder ? join(destination, path.split('/').at(-1) ?? '') : destination;
      await mkdir(join(target, isFolder ? destination : '.'), { recursive: true });
      await cp(join(base, path), join(target, end), {
        recursive: true,
        filter: (name) => other !== undefined || isSource(name),
      });
    }
  }
}

test('the image carries the pages, which a stage with the tools builds', async () => {
  const runs = stageOf(dockerfile, /^FROM .* AS pages$/m).filter((line) => line.startsWith('RUN '));
  assert.deepEqual(runs, ['RUN npm ci --ignore-scripts --no-audit --no-fund', 'RUN npm run prepare']);
  const image = join(directory, 'image');
  const running = stageOf(dockerfile, /^ENTRYPOINT /m);
  await copyAs(running, image, { pages });
  assert.ok(running.some((line) => line.includes('npm ci --omit=dev --ignore-scripts')));
  assert.ok(!existsSync(join(image, 'console/main.tsx')), 'the image has no source of the pages');
  await linkModules(image, '.');
  await checkServed(image);
  assert.ok(existsSync(join(image, 'site/dist/script-hashes.json')));
  assert.ok(!existsSync(join(image, 'site/build')), 'the image has no source of the site');
});

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
