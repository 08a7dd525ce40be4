/** Runs the tests of other files, the very same ones, with gateways that keep their data in PostgreSQL. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe } from 'node:test';

const leftOpenMs = 10_000;
const testsDir = join(import.meta.dirname, '..');

/**
 * Each file is a suite of its own: its hooks are its own too, and its gateway runs only while its tests do.
 * @param patterns globs below tests/
 * @throws Error when one of them fits nothing
 */
export function runOnPostgres(...patterns: readonly string[]): void {
  process.env.HALLEY_TEST_DATABASE = 'postgres';
  // What a failed suite leaves open must not keep the runner waiting.
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
