/** Reports, before a test file is loaded, that its process runs, and then each test that ends: see hang-watch.ts. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'node:test';
import { isMainThread } from 'node:worker_threads';
import { progressVariable } from './hang-watch.ts';

const dir = process.env[progressVariable];
const file = process.argv[1];

// Processes and threads that a test starts may load this too; they are the test's own matter.
if (dir !== undefined && isMainThread && file?.endsWith('.test.ts')) {
  const mark = join(dir, String(process.pid));
  const report = () => writeFileSync(mark, file);
  report();
  afterEach(report);
  process.on('exit', () => rmSync(mark, { force: true }));
}
