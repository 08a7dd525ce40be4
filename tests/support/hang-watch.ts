/**
 * Ends test files that hang. The runner's timeout ends a test, but neither a file whose tests have left a server open nor
 * one that never returns to its event loop. Each file marks its progress in a directory (test-progress.ts).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** The variable that names the directory. */
export const progressVariable = 'HALLEY_TEST_PROGRESS';

/** Longer than a test may take (`--test-timeout` in package.json). */
const silenceMsMax = 360_000;

/**
 * Watches the test files that are started from now on.
 * @param silenceMs how long a file may go on without the end of a test
 * @returns ends the watch
 */
export function watchTestFiles(silenceMs = silenceMsMax): () => void {
  const dir = mkdtempSync(join(tmpdir(), 'halley-progress-'));
  process.env[progressVariable] = dir;
  const timer = setInterval(() => endSilent(dir, silenceMs), silenceMs / 20);
  timer.unref();
  return () => {
    clearInterval(timer);
    delete process.env[progressVariable];
    rmSync(dir, { recursive: true, force: true });
  };
}

function endSilent(dir: string, silenceMs: number): void {
  for (const pid of readdirSync(dir)) {
    const mark = join(dir, pid);
    try {
      if (Date.now() - statSync(mark).mtimeMs < silenceMs) continue;
      const file = readFileSync(mark, 'utf8');
      rmSync(mark);
      // The file may have been killed, and its number given to another process.
      if (!commandOf(pid).includes(basename(file))) continue;
      process.stderr.write(
        `${file} hangs: no test of it ended for ${silenceMs / 1000} s. Its process is ended.\n`,
      );
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // The file ended meanwhile.
    }
  }
}

function commandOf(pid: string): string {
  if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  return execFileSync('ps', ['-o', 'command=', '-p', pid], { encoding: 'utf8' });
}
