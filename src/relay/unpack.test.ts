import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { limits } from '../platform/limits.ts';
import { contentEncodingOf, unpacked } from './unpack.ts';

describe('unpacking an answer', () => {
  const packers = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };
  const text = Buffer.from('data: {"usage":{}}\n\n'.repeat(2000));

  for (const [name, pack] of Object.entries(packers)) {
    it(`${name}, whole or broken off`, () => {
      const packed = pack(text);
      assert.deepEqual(unpacked(packed, name), text);
      const part = unpacked(packed.subarray(0, packed.length - 1), name);
      assert.deepEqual(part, text.subarray(0, part.length));
      assert.equal(unpacked(pack(Buffer.alloc(limits.unpacked_bytes_max + 1)), name).length, 0);
    });
  }

  it('gives nothing, and never throws, for what is not packed so', () => {
    assert.equal(unpacked(Buffer.from('text'), 'toString').length, 0);
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('gzip', 'deflate', 'br', 'zstd', 'other'),
        (bytes, name) => {
          unpacked(Buffer.from(bytes), name);
        },
      ),
    );
  });

  it('is needed where the header says anything but that it is not', () => {
    assert.equal(contentEncodingOf(' GZip '), 'gzip');
    for (const none of [undefined, '', 'identity']) assert.equal(contentEncodingOf(none), undefined);
  });
});
