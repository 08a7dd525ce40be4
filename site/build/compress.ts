/** Writes gzip copies beside the files of the site, as the gateway serves them. */
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';

/** What is smaller when compressed. */
const compressible: ReadonlySet<string> = new Set(['.html', '.js', '.css', '.svg', '.json', '.md', '.txt']);

/** A response of a few hundred bytes fits into one packet anyway. */
const bytesMin = 1000;

/**
 * gzip alone, which every browser takes over http too: the best brotli makes pages a fifth smaller, and takes longer than the
 * whole rest of the build.
 */
export function compressSite(directory: string): void {
  for (const name of globSync('**/*', { cwd: directory })) {
    const path = join(directory, name);
    if (!compressible.has(extname(name)) || statSync(path).size < bytesMin) continue;
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }));
  }
}
