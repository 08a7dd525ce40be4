/** Unpacks an answer that came packed though that was not asked for: only to read its usage. Pure. */
import { brotliDecompressSync, constants, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { limits } from '../platform/limits.ts';

const maxOutputLength = limits.unpacked_bytes_max;
/** What broke off is unpacked as far as it came. */
const asFarAsItCame = { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH };

const gunzip = (bytes: Buffer) => gunzipSync(bytes, asFarAsItCame);
const unpackers: ReadonlyMap<string, (bytes: Buffer) => Buffer> = new Map([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', (bytes: Buffer) => inflateSync(bytes, asFarAsItCame)],
  [
    'br',
    (bytes: Buffer) =>
      brotliDecompressSync(bytes, { maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  ],
  [
    'zstd',
    (bytes: Buffer) => zstdDecompressSync(bytes, { maxOutputLength, finishFlush: constants.ZSTD_e_flush }),
  ],
]);

/** The value of `content-encoding` where it says anything; undefined = the answer is as it is. */
export function contentEncodingOf(header: string | undefined): string | undefined {
  const contentEncoding = header?.trim().toLowerCase() ?? '';
  return contentEncoding === '' || contentEncoding === 'identity' ? undefined : contentEncoding;
}

/** @returns the bytes; empty when they cannot be unpacked or are too many */
export function unpacked(bytes: Buffer, contentEncoding: string): Buffer {
  try {
    return unpackers.get(contentEncoding)?.(bytes) ?? Buffer.alloc(0);
  } catch {
    return Buffer.alloc(0);
  }
}
