/** Builds the documentation site where its source has changed since the last build: `npm run prepare`. Silent unless it fails. */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stamp = join(root, 'site/dist/.source');

/** All that the site is made from, with the packages that make it. */
const sources = [
  'docs/**/*.{md,png,svg,jpg,jpeg,webp,gif}',
  'site/{api,build,.vitepress}/**/*',
  'console/styles/tokens.css',
  'console/public/*',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'package.json',
];

function fingerprint(): string {
  const files = globSync(sources, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const lines = files.map((file) => `${relative(root, file)} ${hash('sha256', readFileSync(file))}`);
  return hash('sha256', lines.join('\n'));
}

const present = fingerprint();
const isFresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === present;
if (!isFresh) {
  const build = fileURLToPath(new URL('site.ts', import.meta.url));
  try {
    execFileSync(process.execPath, [build], { cwd: root, stdio: 'pipe', encoding: 'utf8' });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    process.stderr.write(`${stdout}${stderr}`);
    throw new Error('the documentation site was not built');
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, present);
}
