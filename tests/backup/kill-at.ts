/**
 * Loaded before a program: kills it with SIGKILL just before a change that it makes to its files, the one whose number
 * KILL_AT says. Counts the changes that matter for their order.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** What a flush does is not seen after a SIGKILL. */
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
