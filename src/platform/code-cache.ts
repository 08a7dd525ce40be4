/** Keeps what V8 has compiled from one start to the next, and the source without its types. */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';

/** The folder of the data directory that has it. It may be deleted at any time. `bin/halley` names it to Node where it exists. */
const codeCacheName = 'code-cache';

/**
 * Reads compiled code from the data directory from now on, and writes it there when the process ends in order. NODE_COMPILE_CACHE names another place, and
 * NODE_DISABLE_COMPILE_CACHE turns it off. Never throws: without it the start only takes longer.
 */
export function keepCompiledCode(dataDir: string): void {
  const directory = join(dataDir, codeCacheName);
  const begun = getCompileCacheDir();
  if (begun !== undefined && dirname(begun) !== resolve(directory)) return;
  try {
    // Node would make the data directory readable for everybody.
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!isOursAlone(directory)) return;
    enableCompileCache(directory);
    const present = getCompileCacheDir();
    if (present === undefined) return;
    // For the threads, which inherit it by the environment only.
    process.env.NODE_COMPILE_CACHE = directory;
    removeOthers(directory, basename(present));
  } catch {
    // The store says what is wrong with the data directory.
  }
}

/** Who can write there can run code as this process. */
function isOursAlone(directory: string): boolean {
  const { uid, mode } = statSync(directory);
  return uid === process.geteuid?.() && (mode & 0o022) === 0;
}

/** Of other versions of Node, and of other users. */
function removeOthers(directory: string, present: string): void {
  for (const name of readdirSync(directory)) {
    if (name !== present) rmSync(join(directory, name), { recursive: true, force: true });
  }
}
