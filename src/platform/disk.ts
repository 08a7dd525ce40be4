/** Reads the free space on the file system of a directory. */
import { statfs } from 'node:fs/promises';

export async function diskOf(path: string): Promise<{ freeBytes: number; sizeBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(path);
  return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
}
