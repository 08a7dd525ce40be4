/** Runs the tests of other files unchanged, with gateways that store their data in PostgreSQL. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe } from 'node:test';

const leftOpenMs = 10_000;
const testsDir = join(import.meta.dirname, '..');

/**
 * Each file is a suite with its own hooks, so that its gateway runs only during its tests.
 * @param patterns globs below tests/
 * @throws Error when a pattern matches no file
 */
export function runOnPostgres(...patterns: readonly string[]): void {
  process.env.HALLEY_TEST_DATABASE = 'postgres';
  // Open handles of a failed suite must not block the runner.
  after(() => void setTimeout(() => process.exit(), leftOpenMs).unref());
  for (const pattern of patterns) {
    const files = globSync(pattern, { cwd: testsDir }).sort();
    if (files.length === 0) throw new Error(`no file is tests/${pattern}`);
    for (const file of files) {
      describe(`on PostgreSQL: ${file}`, async () => {
        await import(join(testsDir, file));
      });
    }
  }
}
