/** The first contact with Halley: the scripts that npm may run, and a missing Node. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { nonEmpty } from '../support/non-empty.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** Creates a checkout without node_modules, whose package.json requires a Node that does not exist. */
function bareCheckout(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-bare-'));
  t.after(() => rmSync(dir, { recursive: true }));
  cpSync(join(root, 'bin'), join(dir, 'bin'), { recursive: true });
  const manifest = { type: 'module', dependencies: { node: '999.1.0' } };
  writeFileSync(join(dir, 'package.json'), JSON.stringify(manifest));
  return dir;
}

function assertOneSentence({ status, stdout, stderr }: ReturnType<typeof spawnSync>): void {
  assert.equal(status, 1);
  assert.equal(String(stdout), '');
  assert.match(String(stderr), /^[^\n]+Node[^\n]+`npm ci --ignore-scripts=false`[^\n]+\.\n$/);
}

test('without the Node that npm ci installs, the command and npm start report it in one sentence', (t) => {
  const dir = bareCheckout(t);
  assertOneSentence(spawnSync(join(dir, 'bin/halley'), ['--version']));
  assertOneSentence(spawnSync(process.execPath, [join(dir, 'bin/check-node.js')]));
  const { scripts } = read('package.json');
  for (const script of ['prestart', 'pretest', 'prehalley']) {
    assert.equal(scripts[script], 'node bin/check-node.js', script);
  }
  assert.equal(spawnSync(process.execPath, [join(root, 'bin/check-node.js')]).status, 0);
});

test('npm asks about no install script, since each is allowed or refused by name', () => {
  const { allowScripts } = read('package.json') as { allowScripts: Readonly<Record<string, boolean>> };
  const packages = read('package-lock.json').packages as Record<
    string,
    { hasInstallScript?: boolean; os?: string[]; cpu?: string[]; resolved?: string; link?: boolean }
  >;
  const supported = ({ os, cpu }: { os?: string[]; cpu?: string[] }) =>
    (os ?? ['linux']).some((each) => ['linux', 'darwin'].includes(each)) &&
    (cpu ?? ['x64']).some((each) => ['x64', 'arm64'].includes(each));
  const asked = Object.entries(packages)
    .filter(([, each]) => each.hasInstallScript && supported(each))
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  assert.deepEqual([...new Set(asked)].sort(), Object.keys(allowScripts).sort());
  // npm compares a version with the address of a package, and the lock file contains no addresses. A link to a
  // workspace has the path of its folder there.
  const fetched = Object.values(packages).filter(({ link }) => !link);
  for (const each of nonEmpty(fetched)) assert.equal(each.resolved, undefined);
});

/** Where npm looks for a package that another one at `path` needs, from the nearest place to the top. */
function placesOf(path: string, name: string): readonly string[] {
  const parents = path.split('/node_modules/').slice(0, -1);
  const above = parents.map((_, depth) => `${parents.slice(0, depth + 1).join('/node_modules/')}/`);
  return [`${path}/`, ...above.reverse(), ''].map((at) => `${at}node_modules/${name}`);
}

test('the lock file has every package that npm ci asks it for, on any platform', () => {
  const packages = read('package-lock.json').packages as Record<
    string,
    { optionalDependencies?: Readonly<Record<string, string>> }
  >;
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !placesOf(path, name).some((place) => place in packages),
    ),
  );
  // Of Vite, for Windows: npm leaves it out by itself.
  assert.deepEqual(
    missing.filter((name) => name !== 'napi-windows-process-start-time'),
    [],
  );
});
