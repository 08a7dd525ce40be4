/**
 * Preloaded module: kills the process with SIGKILL just before its file change number KILL_AT. Counts the changes
 * whose order matters.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** The effect of a flush is not visible after SIGKILL. */
const names = ['renameSync', 'linkSync', 'rmSync'] as const;
const killAt = Number(process.env.KILL_AT);
let changes = 0;

for (const name of names) {
  const original = fs[name] as (...args: unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...args: unknown[]) => {
      changes += 1;
      if (changes === killAt) process.kill(process.pid, 'SIGKILL');
      return original(...args);
    },
  });
}
syncBuiltinESMExports();
