/**
 * Reports, before a test file is loaded, that its process runs, and then each test that ends: see hang-watch.ts. Has the
 * process share compiled code.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { afterEach } from 'node:test';
import { isMainThread } from 'node:worker_threads';
import { compileCache } from './compile-cache.ts';
import { progressVariable } from './hang-watch.ts';

enableCompileCache(compileCache.NODE_COMPILE_CACHE);

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
