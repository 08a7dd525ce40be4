/** Decodes a response with an unrequested content encoding, only to read its usage. Pure. */
import { brotliDecompressSync, constants, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { limits } from '../platform/limits.ts';

const maxOutputLength = limits.unpacked_bytes_max;
/** Decodes a truncated response as far as it goes. */
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

/** The value of `content-encoding` where it means anything; undefined = there is no encoding. */
export function contentEncodingOf(header: string | undefined): string | undefined {
  const contentEncoding = header?.trim().toLowerCase() ?? '';
  return contentEncoding === '' || contentEncoding === 'identity' ? undefined : contentEncoding;
}

/** @returns the bytes; empty when they cannot be decoded or are too many */
export function unpacked(bytes: Buffer, contentEncoding: string): Buffer {
  try {
    return unpackers.get(contentEncoding)?.(bytes) ?? Buffer.alloc(0);
  } catch {
    return Buffer.alloc(0);
  }
}
