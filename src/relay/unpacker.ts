/** Decodes a response with a content encoding while it arrives, at the pace of its reader. */
import {
  type BrotliDecompress,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  type Gunzip,
  type Inflate,
  type ZstdDecompress,
} from 'node:zlib';
import { limits } from '../platform/limits.ts';

type Decoder = Gunzip | Inflate | BrotliDecompress | ZstdDecompress;

/** A response that breaks off is decoded as far as it came. */
const asFarAsItCame = { finishFlush: constants.Z_SYNC_FLUSH };

const decoders: ReadonlyMap<string, () => Decoder> = new Map<string, () => Decoder>([
  ['gzip', () => createGunzip(asFarAsItCame)],
  ['x-gzip', () => createGunzip(asFarAsItCame)],
  ['deflate', () => createInflate(asFarAsItCame)],
  ['br', () => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH })],
  ['zstd', () => createZstdDecompress({ finishFlush: constants.ZSTD_e_flush })],
]);

export interface UnpackerEvents {
  onChunk(chunk: Buffer): void;
  onEnd(): void;
  /** It cannot be decoded, or is longer than `limits.unpacked_bytes_max`. Called once, last. */
  onFault(error: Error): void;
  /** Takes more after `push` has returned false. */
  onDrain(): void;
}

export class Unpacker {
  readonly #decoder: Decoder;

  private constructor(decoder: Decoder, { onChunk, onEnd, onFault, onDrain }: UnpackerEvents) {
    this.#decoder = decoder;
    let bytes = 0;
    decoder.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limits.unpacked_bytes_max) decoder.destroy(new Error('the decoded response is too long'));
      else onChunk(chunk);
    });
    decoder.on('drain', onDrain).on('end', onEnd).on('error', onFault);
  }

  /** @returns undefined for an encoding that is not known */
  static for(contentEncoding: string, events: UnpackerEvents): Unpacker | undefined {
    const create = decoders.get(contentEncoding);
    return create && new Unpacker(create(), events);
  }

  /** @returns false when the sender should wait for `onDrain` */
  push(chunk: Buffer): boolean {
    return this.#decoder.write(chunk);
  }

  /** `onEnd` follows once all of it is decoded. */
  end(): void {
    this.#decoder.end();
  }

  /** @param done called once everything that came is decoded and read */
  flush(done: () => void): void {
    this.#decoder.flush(done);
  }

  pause(): void {
    this.#decoder.pause();
  }

  resume(): void {
    this.#decoder.resume();
  }

  /** Nothing is reported afterwards. */
  close(): void {
    this.#decoder.destroy();
  }
}
