/**
 * The compiled code of the version before, as its npm package had it without pages and documents. It runs with the packages of
 * this checkout.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface PreviousVersion {
  readonly version: string;
  /** The file of its command line. */
  readonly entry: string;
  /** The number of its last migration. */
  schemaOf(engine: 'sqlite' | 'postgres'): number;
  remove(): void;
}

const lastMigration = (source: string, engine: string) =>
  readdirSync(join(source, 'store', engine, 'migrations')).length;

/** The number of the last migration of the present version. */
export const presentSchemaOf = (engine: 'sqlite' | 'postgres') => lastMigration(join(root, 'src'), engine);

/** The second version of the changelog is the one before the present one. */
export function unpackPrevious(): PreviousVersion {
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  const [, version] = [...changelog.matchAll(/^## (\d\S*)/gm)].map(([, each]) => each);
  assert.ok(version, 'the changelog names no version before');
  const dir = mkdtempSync(join(tmpdir(), 'halley-previous-'));
  const archive = join(root, `tests/upgrade/fixtures/halley-${version}.tgz`);
  execFileSync('tar', ['-xzf', archive, '-C', dir]);
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  return {
    version,
    entry: join(dir, 'dist/cli/halley.js'),
    schemaOf: (engine) => lastMigration(join(dir, 'dist'), engine),
    remove: () => rmSync(dir, { recursive: true }),
  };
}
