import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('a process that waits only for a timer keeps running', () => {
  const [clock, keep] = ['clock.ts', 'keep-running.ts'].map((file) => join(import.meta.dirname, file));
  const codeOf = (waiting: string) =>
    spawnSync(process.execPath, [
      '--input-type=module-typescript',
      '--eval',
      `import { systemClock } from '${clock}'; import { keepRunning } from '${keep}';
      const wait = () => new Promise<void>((resolve) => void systemClock.after(100, resolve));
      await ${waiting};`,
    ]).status;
  assert.equal(codeOf('wait()'), 13);
  assert.equal(codeOf('keepRunning(wait)'), 0);
});
