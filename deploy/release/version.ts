/**
 * `npm run release:version`: takes the next version from the files of .changeset, writes the changelog from them, and the version
 * wherever it stands. `-- --sync` only writes the present version.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { versionOf, writeVersion } from './places.ts';

const program = join(import.meta.dirname, '../../node_modules/@changesets/cli/bin.js');

/**
 * Lets changesets do its part on a copy: in a repository with workspaces it versions these only, not the package at the root.
 * @returns the new version
 */
function carryOutChangesets(root: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-release-'));
  try {
    for (const name of ['.changeset', 'CHANGELOG.md'])
      cpSync(join(root, name), join(dir, name), { recursive: true });
    const manifest = { name: 'halley', version: versionOf(root), private: true };
    writeFileSync(join(dir, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(dir, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages: {} }));
    execFileSync(process.execPath, [program, 'version'], { cwd: dir, stdio: 'inherit' });
    const version = versionOf(dir);
    for (const name of ['.changeset', 'CHANGELOG.md']) {
      rmSync(join(root, name), { recursive: true });
      cpSync(join(dir, name), join(root, name), { recursive: true });
    }
    return version;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function setVersion(root: string, version: string): void {
  const path = join(root, 'package.json');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/^( {2}"version": ")[^"]*/m, `$1${version}`));
}

const args = process.argv.slice(2);
const isSync = args.includes('--sync');
const root = resolve(args.find((each) => !each.startsWith('-')) ?? join(import.meta.dirname, '../..'));
const isEmpty = globSync('.changeset/*.md', { cwd: root }).length === 0;
if (!isSync && isEmpty) {
  process.stderr.write('There is nothing to release: .changeset has no file. See docs/guides/release.md.\n');
  process.exitCode = 1;
} else {
  if (!isSync) setVersion(root, carryOutChangesets(root));
  writeVersion(root);
  process.stdout.write(`${versionOf(root)}\n`);
}
