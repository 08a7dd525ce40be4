/** Reads the built documentation into memory. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type BuiltFiles, builtFiles } from '../http/files/built-files.ts';
import { limits } from '../platform/limits.ts';

export interface SitePages {
  readonly files: BuiltFiles;
  /** Of the inline scripts of all pages: `sha256-…`. */
  readonly scriptHashes: readonly string[];
}

/** What the build writes last. */
const hashesName = 'script-hashes.json';

/**
 * @returns undefined when the directory holds no pages: they were not built
 * @throws Error when the directory holds more bytes than `limits.site_bytes_max`
 */
export async function readSite(directory: string): Promise<SitePages | undefined> {
  const names = await filesIn(directory);
  if (!names.includes(hashesName)) return undefined;
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > limits.site_bytes_max)
    throw new Error(
      `${directory} holds ${bytes} bytes; the documentation may have ${limits.site_bytes_max}.`,
    );
  const contents = new Map<string, Uint8Array>();
  // One after another: nobody waits for the whole but who asked first.
  for (const name of names) contents.set(name, await readFile(join(directory, name)));
  const scriptHashes = JSON.parse(Buffer.from(contents.get(hashesName) ?? []).toString()) as string[];
  return { files: builtFiles(contents), scriptHashes };
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
