/** The image, made and started without a container engine. What only an engine can show is in docs/guides/docker.md. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { validate } from 'dockerfile-utils';
import { loadSettings } from '../../src/platform/settings/load.ts';
import { buildPages, buildSite } from '../console/built-pages.ts';
import { freePort } from '../support/free-port.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { buildImage, dockerfile, type Image } from './image.ts';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

let dir: string;
let image: Image;
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'halley-image-'));
  await buildPages();
  await buildSite();
  image = buildImage(dir);
});
after(() => rmSync(dir, { recursive: true, force: true }));

test('the Dockerfile is valid, and the check finds invalid ones', () => {
  const faults = (text: string) => validate(text).map(({ message }) => message);
  assert.deepEqual(faults(dockerfile), []);
  assert.match(String(faults(dockerfile.replace('EXPOSE 8787', 'EXPOZE 8787'))), /EXPOZE/);
  assert.match(String(faults(dockerfile.replace('--retries=3', '--retries=x'))), /retries|x/);
});

test('the image has what a node runs on, and nothing that only builds or tests need', () => {
  const { root: at } = image;
  for (const name of [
    'bin/halley',
    'src/cli/halley.ts',
    'console/dist/index.html',
    'site/dist/index.html.gz',
    'LICENSE',
    'halley.cdx.json',
  ])
    assert.ok(statSync(join(at, 'opt/halley', name)).size > 0, name);
  const modules = join(at, 'opt/halley/node_modules');
  for (const name of nonEmpty(Object.keys(manifest.dependencies)))
    assert.ok(existsSync(join(modules, name)), name);
  for (const name of ['vite', 'typescript', 'react', 'halley-console', '@biomejs/biome'])
    assert.ok(!existsSync(join(modules, name)), name);
  assert.deepEqual(globSync('{src,console}/**/*.{test.ts,tsx}', { cwd: join(at, 'opt/halley') }), []);
  assert.equal(statSync(join(at, 'var/lib/halley')).mode & 0o777, 0o700);
  assert.match(image.user, /^[1-9]\d*:[1-9]\d*$/);
});

test('everything that it writes is below its data directory, by its own variables', () => {
  const settings = loadSettings({ env: image.env });
  assert.match(dockerfile, new RegExp(`^VOLUME ${settings.data_dir}$`, 'm'));
  assert.ok(settings.http.uploads_directory.startsWith(`${settings.data_dir}/`));
});

interface Bill {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
  readonly components: readonly { readonly name: string; readonly version: string }[];
}

test('its bill of materials names every package that is installed, and those of the pages', () => {
  const text = readFileSync(join(image.root, 'opt/halley/halley.cdx.json'), 'utf8');
  assert.ok(!text.includes(dir) && !text.includes(root), 'it names a directory of the machine');
  const { bomFormat, metadata, components } = JSON.parse(text) as Bill;
  assert.equal(bomFormat, 'CycloneDX');
  assert.deepEqual([metadata.component.name, metadata.component.version], ['halley', manifest.version]);
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const modules = join(image.root, 'opt/halley/node_modules');
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
  const installed = Object.entries<{ version?: string; link?: boolean }>(lock.packages)
    .filter(([path, { link }]) => path.startsWith('node_modules/') && !link)
    .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`);
  const missing = nonEmpty(installed).filter((each) => !listed.has(each));
  assert.deepEqual(missing, []);
  assert.ok([...listed].some((each) => each.startsWith('react@')));
  assert.ok(![...listed].some((each) => /^(?:vite|@biomejs\/biome|openai)@/.test(each)));
});

const readOnly = ['/usr/bin/unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'];
/** Makes the whole file system read-only except for the data directory, and runs a command. */
const confine = 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"';
const canConfine =
  spawnSync(readOnly[0] ?? '', [...readOnly.slice(1), confine, tmpdir(), 'true'], { stdio: 'ignore' })
    .status === 0;

/** A page is there, with every script and style that it loads. */
async function assertWhole(url: string, path: string): Promise<void> {
  const response = await fetch(url + path);
  const page = await response.text();
  assert.equal(response.status, 200, path);
  const loaded = [...page.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map(([, file = '']) => file);
  for (const file of nonEmpty(loaded)) assert.equal((await fetch(url + file)).status, 200, file);
}

function start(words: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const data = image.place('/var/lib/halley');
  const [program = '', ...args] = canConfine ? [...readOnly, confine, data, ...words] : words;
  return spawn(program, args, { cwd: image.place('/opt/halley'), env, stdio: ['ignore', 'pipe', 'pipe'] });
}

test(`it serves as its CMD says${canConfine ? ', on a read-only file system' : ''}, and its health check sees that`, async (t) => {
  if (!canConfine) t.diagnostic('NOT TESTED: a read-only file system needs user namespaces for everybody');
  const port = await freePort();
  // The user of the image is nobody here.
  if (process.getuid?.() === 0) chownSync(image.place('/var/lib/halley'), 0, 0);
  const own = Object.entries(image.env).map(([name, value]) => [name, image.place(value)]);
  const env: Record<string, string> = {
    ...Object.fromEntries(own),
    PATH: `${join(image.root, 'usr/local/bin')}:/usr/bin:/bin`,
    HALLEY_BOOTSTRAP_TOKEN: 'token-of-a-test-1',
    HALLEY_LISTEN: `0.0.0.0:${port}`,
  };
  const run = promisify(execFile);
  const [health = '', ...words] = image.healthCommand;
  const askHealth = () => run(join(image.root, 'usr/local/bin', health), words, { env });
  await assert.rejects(askHealth(), { code: 1 });

  const child = start([...image.entrypoint.map(image.place), ...image.command], env);
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of nonEmpty([child.stdout, child.stderr])) stream?.on('data', (chunk) => (text += chunk));
  await until(() => {
    assert.equal(child.exitCode, null, text);
    return text.includes('"listening"');
  });
  await askHealth();
  const url = `http://127.0.0.1:${port}`;
  for (const path of ['/console', '/docs/']) await assertWhole(url, path);
  const headers = { authorization: 'token-of-a-test-1', 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'first', unlimited_quota: true });
  const created = await fetch(`${url}/api/token/`, { method: 'POST', headers, body });
  assert.equal(((await created.json()) as { success: boolean }).success, true);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
});
