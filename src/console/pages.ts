/** Reads the console's built pages into memory, so that no request touches a file. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type BuiltFiles, builtFiles } from '../http/files/built-files.ts';
import { shellName } from '../platform/built-pages.ts';
import { limits } from '../platform/limits.ts';

/**
 * @returns undefined when the directory holds no shell: the pages were not built
 * @throws Error when the directory holds more bytes than `limits.console_bytes_max`
 */
export function readPages(directory: string): BuiltFiles | undefined {
  const names = filesIn(directory);
  if (!names.includes(shellName)) return undefined;
  const bytes = names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  if (bytes > limits.console_bytes_max)
    throw new Error(`${directory} holds ${bytes} bytes; pages may have ${limits.console_bytes_max}.`);
  return builtFiles(new Map(names.map((name) => [name, readFileSync(join(directory, name))])));
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
