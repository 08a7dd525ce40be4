/** Runs the tests of other files unchanged, with gateways that store their data in PostgreSQL. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe } from 'node:test';

const leftOpenMs = 10_000;
const testsDir = join(import.meta.dirname, '..');

/** About sockets, processes and texts, whatever the database: SQLite alone has these. */
const ofNoDatabase: ReadonlySet<string> = new Set([
  'lifecycle/code-cache.test.ts',
  'lifecycle/held-socket.test.ts',
  'lifecycle/loaded-when-needed.test.ts',
  'lifecycle/lost-output.test.ts',
  'lifecycle/npm-start.test.ts',
  'lifecycle/output.test.ts',
  'lifecycle/supervise.test.ts',
  'management/hostile-bodies.test.ts',
  'management/lock-out.test.ts',
  'model-api/cross-origin.test.ts',
  'model-api/not-offered.test.ts',
  'model-api/openapi-bodies.test.ts',
  'model-api/openapi-paths.test.ts',
  'model-api/pages.test.ts',
  'model-api/surface.test.ts',
  'relay/audio.test.ts',
  'relay/channel-health.test.ts',
  'relay/cut.test.ts',
  'relay/faults.test.ts',
  'relay/finish-alone.test.ts',
  'relay/job-bodies.test.ts',
  'relay/job-vendors-contract.test.ts',
  'relay/job-vendors.test.ts',
  'relay/media-usage.test.ts',
  'relay/no-answer.test.ts',
  'relay/pictures.test.ts',
  'relay/rerank.test.ts',
  'relay/retries.test.ts',
  'relay/review-endings.test.ts',
  'relay/secrets-in-errors.test.ts',
  'relay/slow-clients.test.ts',
  'relay/stale-connections.test.ts',
  'relay/unread-bytes.test.ts',
  'relay/upstream-refusals.test.ts',
]);

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
    const files = globSync(pattern, { cwd: testsDir })
      .filter((file) => !ofNoDatabase.has(file))
      .sort();
    if (files.length === 0) throw new Error(`no file is tests/${pattern}`);
    for (const file of files) {
      describe(`on PostgreSQL: ${file}`, async () => {
        await import(join(testsDir, file));
      });
    }
  }
}
