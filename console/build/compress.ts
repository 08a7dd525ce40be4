/** Writes compressed copies beside built files, as the gateway serves them. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** What is smaller when compressed. Pictures and fonts are so already. */
const compressible: ReadonlySet<string> = new Set(['.html', '.js', '.css', '.svg', '.json']);

const inBrotli = promisify(brotliCompress);
const inGzip = promisify(gzip);

/** Writes `NAME.br` and `NAME.gz` for each file of a directory that either makes smaller. */
export async function compressFiles(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && compressible.has(extname(entry.name)));
  await Promise.all(files.map((file) => compressFile(join(file.parentPath, file.name))));
}

async function compressFile(path: string): Promise<void> {
  const plain = await readFile(path);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  };
  const copies = [
    { suffix: '.br', bytes: await inBrotli(plain, { params }) },
    { suffix: '.gz', bytes: await inGzip(plain, { level: constants.Z_BEST_COMPRESSION }) },
  ];
  const smaller = copies.filter(({ bytes }) => bytes.length < plain.length);
  await Promise.all(smaller.map(({ suffix, bytes }) => writeFile(path + suffix, bytes)));
}
