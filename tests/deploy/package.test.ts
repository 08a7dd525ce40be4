/**
 * The npm package: what is in it, and that it runs where npm would put it, outside of the repository, with no more than the
 * packages that it names. These are links to those of the repository, so that no registry is needed.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { buildPages, buildSite } from '../console/built-pages.ts';
import { compileCache } from '../support/compile-cache.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const ofRoot = read(join(root, 'package.json'));

/** An empty directory, as far as its owner knows: npm has installed the package there. */
let directory: string;
let modules: string;
let installed: string;
let printed: string;
before(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'halley-package-')));
  await buildPages();
  await buildSite();
  const packed = await run('node', ['deploy/npm/pack.ts', directory], { cwd: root });
  printed = packed.stdout;
  modules = join(directory, 'node_modules');
  installed = join(modules, 'halley');
  await mkdir(installed, { recursive: true });
  const archive = join(directory, `halley-${ofRoot.version}.tgz`);
  await run('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
  const { dependencies, optionalDependencies } = read(join(installed, 'package.json'));
  for (const name of nonEmpty(Object.keys({ ...dependencies, ...optionalDependencies }))) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    // The repository has the Node of this platform by another name.
    await symlink(join(root, 'node_modules', isNode(name) ? 'node' : name), join(modules, name));
  }
  await mkdir(join(modules, '.bin'));
  await symlink('../halley/bin/halley', join(modules, '.bin/halley'));
});
after(() => rm(directory, { recursive: true, force: true }));

const command = () => join(modules, '.bin/halley');
const isNode = (name: string) => name.startsWith('node-');

/** A directory for the PATH, whose `node` says that it is of that version, and what it would run. */
async function pathWithNode(version: string): Promise<string> {
  const path = join(directory, `node-${version}`);
  await mkdir(path);
  await writeFile(
    join(path, 'node'),
    `#!/bin/sh\ncase $1 in --version) echo v${version};; *) echo "$@";; esac\n`,
  );
  await chmod(join(path, 'node'), 0o755);
  return `${path}:/usr/bin:/bin`;
}

async function halley(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, ...compileCache, ...env },
  };
  return await run(command(), args, options);
}

test('the package has compiled code, built pages and documents, and no source, test or package of its own', () => {
  const files = nonEmpty(readdirSync(installed, { recursive: true, encoding: 'utf8' }));
  const strange = [...files].filter((name) =>
    /\.tsx?$|\.test\.|\.map$|^(?:src|tests|node_modules)$|^(?:console|site)\/(?!dist)|\/contract$|(?:^|\/)\./.test(
      name,
    ),
  );
  assert.deepEqual(strange, []);
  for (const name of [
    'bin/halley',
    'dist/cli/halley.js',
    'dist/store/sqlite/ledger-worker.js',
    'dist/store/sqlite/read-worker.js',
    'dist/store/sqlite/migrations/0001-first-tables.sql',
    'dist/store/postgres/migrations/0001-first-tables.sql',
    'dist/ledger/price-list.json',
    'console/dist/index.html',
    'docs/guides/install.md',
    'site/dist/index.html.gz',
    'site/dist/script-hashes.json',
    'docs/openapi.json',
    'deploy/systemd/halley.service',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
  ])
    assert.ok(readFileSync(join(installed, name)).length > 0, name);
  const [, size, bound] = /: ([\d.]+) MB of ([\d.]+) MB\n$/.exec(printed) ?? [];
  assert.ok(Number(size) > 0 && Number(size) <= Number(bound), printed);
});

test('its package.json says what that of the repository says, and every package that its code imports', () => {
  const manifest = read(join(installed, 'package.json'));
  const { node, ...dependencies } = ofRoot.dependencies;
  for (const name of ['name', 'version', 'description', 'license', 'type', 'engines'])
    assert.deepEqual(manifest[name], ofRoot[name], name);
  assert.deepEqual(manifest.dependencies, dependencies);
  const optional = Object.entries<string>(manifest.optionalDependencies);
  assert.deepEqual(
    Object.fromEntries(optional.filter(([name]) => !isNode(name))),
    ofRoot.optionalDependencies,
  );
  const nodes = optional.filter(([name]) => isNode(name));
  for (const [name, version] of nonEmpty(nodes)) assert.equal(version, node, name);
  const launcher = readFileSync(join(installed, 'bin/halley'), 'utf8');
  assert.equal(/^brought='(.*)'$/m.exec(launcher)?.[1], nodes.map(([name]) => name).join(' '));
  assert.equal(/^needed=(\d+)$/m.exec(launcher)?.[1], node.split('.')[0]);
  for (const name of ['private', 'devDependencies', 'scripts', 'workspaces'])
    assert.equal(manifest[name], undefined, name);
  for (const [name, version] of nonEmpty([...Object.entries<string>(dependencies), ...optional]))
    assert.match(version, /^\d+\.\d+\.\d+$/, name);

  const code = nonEmpty(globSync('dist/**/*.js', { cwd: installed }));
  const imported = [...code].flatMap((name) => {
    const text = readFileSync(join(installed, name), 'utf8');
    return [
      ...text.matchAll(/^(?:import|export)\b[^;'"]*\bfrom '([^.'][^']*)'|\bimport\('([^.'][^']*)'\)/gm),
    ];
  });
  const names = imported
    .map(([, atOnce, onDemand]) => atOnce ?? onDemand ?? '')
    .filter((name) => !isBuiltin(name))
    .map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
  for (const name of nonEmpty(new Set(names))) assert.ok(name in dependencies, name);
});

test('its bill of materials is beside it, and names it and every package that it needs', () => {
  const bill = read(join(directory, `halley-${ofRoot.version}.cdx.json`));
  assert.equal(bill.metadata.component.purl, `pkg:npm/halley@${ofRoot.version}`);
  const listed = new Set(bill.components.map((each: { purl: string }) => decodeURIComponent(each.purl)));
  for (const [name, version] of nonEmpty(Object.entries(ofRoot.dependencies)))
    assert.ok(listed.has(`pkg:npm/${name}@${version}`), name);
});

test('the command runs on the installed Node, and on the one of the package where that is too old or there is none', async () => {
  const version = `${ofRoot.version}\n`;
  assert.equal((await halley(['--version'])).stdout, version);
  const old = { PATH: await pathWithNode('25.9.0') };
  assert.equal((await halley(['--version'], old)).stdout, version);
  const newer = { PATH: await pathWithNode('27.0.0') };
  assert.equal(
    (await halley(['a b'], newer)).stdout,
    `--heap-growing-percent=100 ${join(installed, 'dist/cli/halley.js')} a b\n`,
  );

  const brought = readdirSync(modules).filter(isNode);
  for (const name of nonEmpty(brought)) await rename(join(modules, name), join(directory, name));
  try {
    await assert.rejects(halley(['--version'], old), {
      code: 1,
      stdout: '',
      stderr: /^Halley needs Node \d+ [^\n]+ is v25\.9\.0, [^\n]+: install Node \d+ or newer, or [^\n]+\.\n$/,
    });
  } finally {
    for (const name of brought) await rename(join(directory, name), join(modules, name));
  }
});

/** Starts as a newcomer does, and collects what is printed. */
function serve(t: { after(end: () => void): void }): { child: ChildProcess; text: () => string } {
  const child = spawn(command(), ['serve'], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, ...compileCache, HALLEY_LISTEN: '127.0.0.1:0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  return { child, text: () => text };
}

test('the gateway serves the request that it prints and its pages, charges it in a thread, and other commands work', async (t) => {
  const { child, text } = serve(t);
  const exited = once(child, 'exit');
  await until(() => text().includes('Add a real upstream with: halley channels create'));
  const url = /running at (http:\/\/\S+)/.exec(text())?.[1] ?? assert.fail(text());
  const request = /curl \S+\/v1\/(?:[^\n]*\\\n)+[^\n]*/.exec(text())?.[0] ?? assert.fail(text());
  const answer = JSON.parse((await run('sh', ['-c', request])).stdout);
  assert.match(answer.choices[0].message.content, /demo/i);

  const page = await (await fetch(`${url}/console`)).text();
  const script = /src="(\/console\/[^"]+\.js)"/.exec(page)?.[1] ?? assert.fail(page);
  assert.equal((await fetch(url + script)).status, 200);

  const documents = await fetch(`${url}/docs/reference/errors`);
  assert.match(await documents.text(), /<h1[^>]*>Errors/);
  // Sent without a coding, it is unpacked from the copy that the package has.
  const bare = await fetch(`${url}/docs/reference/errors`, { headers: { 'accept-encoding': 'identity' } });
  assert.equal(bare.headers.get('content-encoding'), null);
  assert.match(await bare.text(), /^<!DOCTYPE html>/);

  const token = /access token\s+(\S+)/.exec(text())?.[1] ?? assert.fail(text());
  // The ledger, in its thread, has written what the request cost.
  const logs = await halley(['logs', '--json'], { HALLEY_URL: url, HALLEY_TOKEN: token });
  const [record] = JSON.parse(logs.stdout);
  assert.ok(record.model_name === 'demo-chat' && record.quota > 0, logs.stdout);
  child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
  const verified = await halley(['ledger', 'verify', '--json']);
  assert.deepEqual(JSON.parse(verified.stdout), { differences: [] });
});
