/** Writes a whole file to disk before it returns. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/**
 * @param path of a file that does not exist yet
 * @param mode such as 0o600
 */
export function writeSynced(path: string, text: string, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
