/** A test file that hangs fails the run instead of lasting until somebody kills it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nonEmpty } from './non-empty.ts';

const silenceMs = 3000;
const watch = import.meta.resolve('./hang-watch.ts');
const progress = fileURLToPath(import.meta.resolve('./test-progress.ts'));

const files = {
  'setup.ts': `import { watchTestFiles } from '${watch}';
    export const globalSetup = () => void watchTestFiles(${silenceMs});`,
  'open-server.test.ts': `import { createServer } from 'node:net';
    import { test } from 'node:test';
    test('leaves a server open', () => void createServer().listen(0, '127.0.0.1'));`,
  'endless-loop.test.ts': `import { test } from 'node:test';
    test('never returns', () => { for (;;); });`,
  'endless-wait.test.ts': `import { createServer } from 'node:net';
    import { test } from 'node:test';
    test('waits for ever', () => new Promise(() => createServer().listen(0, '127.0.0.1')));`,
  'sound.test.ts': `import { test } from 'node:test';
    test('ends', () => {});`,
};

test('a file that hangs is ended with a message that names it', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'halley-hang-'));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  const tests = Object.keys(files).filter((name) => name.endsWith('.test.ts'));
  const { code, stdout, stderr } = await runTests(dir, tests);
  assert.equal(code, 1, stdout);
  for (const name of nonEmpty(tests)) {
    const hangs = new RegExp(`${name} hangs: no test of it ended for 3 s`);
    if (name === 'sound.test.ts') assert.doesNotMatch(stderr, hangs);
    else assert.match(stderr, hangs);
  }
});

function runTests(cwd: string, tests: readonly string[]) {
  // Under a test runner, another one would run nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const options = ['--import', progress, '--test-timeout=2000', '--test-global-setup=setup.ts'];
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [...options, '--test', ...tests], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}
