import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { releaseFaults, versionOf, writeVersion } from '../../deploy/release/places.ts';
import { nonEmpty } from '../support/non-empty.ts';

const root = join(import.meta.dirname, '../..');

/** Everything that a release reads or writes. */
function copyOf(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-release-test-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const names = globSync(
    [
      'package.json',
      'package-lock.json',
      'CHANGELOG.md',
      'README.md',
      'docs/openapi.json',
      'docs/{guides,reference,tutorial}/*.md',
      'deploy/**/*.{md,yaml}',
      '.changeset/*',
      'tests/upgrade/fixtures/*',
    ],
    { cwd: root },
  );
  for (const name of nonEmpty(names)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    cpSync(join(root, name), join(dir, name));
  }
  return dir;
}

const read = (dir: string, name: string) => readFileSync(join(dir, name), 'utf8');

test('version, changelog, lock file, chart, manifests, documents and OpenAPI agree', () => {
  assert.deepEqual(releaseFaults(root), []);
});

test('the check finds each that does not', (t) => {
  const dir = copyOf(t);
  assert.deepEqual(releaseFaults(dir), []);
  const version = versionOf(dir);
  const others: readonly (readonly [string, string])[] = [
    ['package-lock.json', `"version": "${version}"`],
    ['deploy/helm/halley/Chart.yaml', `version: ${version}`],
    ['deploy/helm/halley/Chart.yaml', `appVersion: "${version}"`],
    ['deploy/kubernetes/deployment.yaml', `halley:${version}`],
    ['docs/openapi.json', `"version": "${version}"`],
    ['docs/guides/install.md', `halley-${version}.tgz`],
    ['README.md', `halley-${version}.tgz`],
    ['CHANGELOG.md', `## ${version}`],
    ['deploy/helm/halley/files/alerts.yaml', 'HalleyMemoryWrong'],
  ];
  for (const [name, text] of nonEmpty(others)) {
    const good = read(dir, name);
    assert.ok(good.includes(text), `${name} does not have ${text}`);
    writeFileSync(
      join(dir, name),
      good.replace(text, text.replace(version, '9.9.9').replace('Wrong', 'Right')),
    );
    assert.match(String(releaseFaults(dir)), new RegExp(name.replaceAll('.', '\\.')));
    writeFileSync(join(dir, name), good);
  }
  writeFileSync(join(dir, '.changeset/odd-one.md'), 'Something changed.\n');
  assert.match(String(releaseFaults(dir)), /odd-one\.md is no changeset/);
  rmSync(join(dir, 'tests/upgrade/fixtures'), { recursive: true });
  assert.match(String(releaseFaults(dir)), /no package of \S+, the version before/);
});

test('a release takes its version from the changesets, writes the changelog from them, and the version everywhere', (t) => {
  const dir = copyOf(t);
  const before = versionOf(dir);
  writeFileSync(join(dir, '.changeset/quick-cat.md'), '---\n"halley": major\n---\n\nEverything is new.\n');
  const program = join(root, 'deploy/release/version.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, dir], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const [major = 0] = before.split('.').map(Number);
  const version = `${major + 1}.0.0`;
  assert.ok(stdout.endsWith(`${version}\n`), stdout);
  const changelog = read(dir, 'CHANGELOG.md');
  assert.ok(changelog.startsWith(`# Changelog\n\n## ${version}\n`), changelog.slice(0, 200));
  assert.match(changelog, /^- Everything is new\.$/m);
  assert.deepEqual(globSync('.changeset/*.md', { cwd: dir }), []);
  // What is left to do: to keep the package of the version before.
  assert.deepEqual(releaseFaults(dir), [
    `tests/upgrade/fixtures has no package of ${before}, the version before`,
  ]);
  const again = spawnSync(process.execPath, [program, dir], { encoding: 'utf8' });
  assert.notEqual(again.status, 0);
  assert.match(again.stderr, /nothing to release/);
  writeVersion(dir);
  assert.equal(versionOf(dir), version);
});
