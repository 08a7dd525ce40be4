/** The console's pages and the documentation site as their source now stands: a test of pages must not test those of an earlier build. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);
/** A folder that one test file at a time can make. */
const lock = join(root, 'node_modules/.cache/console-build');

/** Builds the pages unless `npm ci`, or another test file, has built them from the present source. */
export async function buildPages(): Promise<void> {
  await alone(async () => {
    if (!(await isFresh())) await run('npm', ['run', 'prepare'], { cwd: root });
  });
}

/** Builds the documentation site in the same way; it sees itself whether its source has changed. */
export async function buildSite(): Promise<void> {
  await alone(async () => void (await run(process.execPath, ['site/build/prepare.ts'], { cwd: root })));
}

/** One build at a time. */
async function alone(build: () => Promise<void>): Promise<void> {
  await mkdir(join(root, 'node_modules/.cache'), { recursive: true });
  await until(() => acquire(), 100);
  try {
    await build();
  } finally {
    await rmdir(lock);
  }
}

async function acquire(): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    // A build takes seconds, that of the site half a minute on a busy machine. What is older was left by a test that was killed.
    const madeAt = (await stat(lock).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - madeAt > 120_000) await rmdir(lock).catch(() => undefined);
    return false;
  }
}

async function isFresh(): Promise<boolean> {
  const built = await stat(join(root, 'console/dist/index.html')).catch(() => undefined);
  if (!built) return false;
  const sources = await readdir(join(root, 'console'), { recursive: true, withFileTypes: true });
  const paths = sources
    .filter((entry) => entry.isFile() && !/\bconsole\/(?:dist|node_modules)\b/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.endsWith('/api/schema.ts'));
  const times = await Promise.all([...paths, join(root, 'docs/openapi.json')].map((path) => stat(path)));
  return times.every(({ mtimeMs }) => mtimeMs <= built.mtimeMs);
}
