/** Reads the console's built pages into memory, so that no later request touches a file. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type BuiltFiles, builtFiles } from '../http/files/built-files.ts';
import { shellName } from '../platform/built-pages.ts';
import { limits } from '../platform/limits.ts';

/**
 * @returns undefined when the directory holds no shell: the pages were not built
 * @throws Error when the directory holds more bytes than `limits.console_bytes_max`
 */
export async function readPages(directory: string): Promise<BuiltFiles | undefined> {
  const names = await filesIn(directory);
  if (!names.includes(shellName)) return undefined;
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > limits.console_bytes_max)
    throw new Error(`${directory} holds ${bytes} bytes; pages may have ${limits.console_bytes_max}.`);
  const contents = new Map<string, Uint8Array>();
  // One after another: nobody waits for the whole but who asked first.
  for (const name of names) contents.set(name, await readFile(join(directory, name)));
  return builtFiles(contents);
}

async function filesIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
