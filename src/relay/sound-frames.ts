/**
 * Measures MP3 and WAV by what an upstream would play: the frames, and the bytes of the samples. What headers say of the whole
 * is not read. Sources: ISO 11172-3 2.4.1.3 and 13818-3 (MPEG 2), id3.org (ID3v2.4, 3.1), Microsoft RIFF (WAVE).
 */
import { limits } from '../platform/limits.ts';
import type { ReadAt } from './sound/reader.ts';

/** kbit/s of layer III by the index in the header; 0 = free or not allowed. */
const bitRates = {
  v1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
  v2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
} as const;
const sampleRatesV1 = [44_100, 48_000, 32_000, 0] as const;

interface Frame {
  readonly bytes: number;
  readonly seconds: number;
}

/** @returns undefined when no frame of layer III begins there */
function frameAt(header: number): Frame | undefined {
  if (header >>> 21 !== 0x7ff) return undefined;
  const version = (header >>> 19) & 3;
  const layer = (header >>> 17) & 3;
  if (version === 1 || layer !== 1) return undefined;
  const isV1 = version === 3;
  const bitRate = (isV1 ? bitRates.v1 : bitRates.v2)[(header >>> 12) & 15] ?? 0;
  const divisor = isV1 ? 1 : version === 2 ? 2 : 4;
  const sampleRate = (sampleRatesV1[(header >>> 10) & 3] ?? 0) / divisor;
  if (bitRate === 0 || sampleRate === 0) return undefined;
  const samples = isV1 ? 1152 : 576;
  const padding = (header >>> 9) & 1;
  return {
    bytes: Math.floor(((samples / 8) * bitRate * 1000) / sampleRate) + padding,
    seconds: samples / sampleRate,
  };
}

/** Reads four bytes at rising positions, a chunk at a time. */
class Headers {
  readonly #readAt: ReadAt;
  #start = 0;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(readAt: ReadAt) {
    this.#readAt = readAt;
  }

  async at(position: number): Promise<number | undefined> {
    if (position < this.#start || position + 4 > this.#start + this.#chunk.length) {
      this.#start = position;
      this.#chunk = await this.#readAt(position);
      if (this.#chunk.length < 4) return undefined;
    }
    return this.#chunk.readUInt32BE(position - this.#start);
  }
}

/** The length of an ID3v2 tag at the beginning, in bytes. */
export function tagBytes(start: Buffer): number {
  if (start.length < 10 || start.toString('latin1', 0, 3) !== 'ID3') return 0;
  return 10 + start.subarray(6, 10).reduce((size, byte) => size * 128 + (byte & 127), 0);
}

/** @returns seconds of all frames; 0 = there is none */
export async function secondsOfMp3(readAt: ReadAt, size: number): Promise<number> {
  const headers = new Headers(readAt);
  let seconds = 0;
  for (let position = tagBytes(await readAt(0)); position + 4 <= size; ) {
    const header = await headers.at(position);
    if (header === undefined) break;
    const frame = frameAt(header);
    if (frame) seconds += frame.seconds;
    position += frame?.bytes ?? 1;
  }
  return seconds;
}

const pcmFormats: ReadonlySet<number> = new Set([1, 3]);
/** A-law and mu-law: a byte for each sample. */
const lawFormats: ReadonlySet<number> = new Set([6, 7]);
/** Microsoft's and Intel's ADPCM: half a byte for each sample. */
const adpcmFormats: ReadonlySet<number> = new Set([2, 0x11]);
/** The format stands in the extension. */
const extensible = 0xfffe;

/** The bytes of a second that the header names count only for what nothing else says. */
function waveBytesPerSecond(start: Buffer, at: number): number {
  const named = start.readUInt16LE(at);
  const format = named === extensible && at + 26 <= start.length ? start.readUInt16LE(at + 24) : named;
  const samples = start.readUInt16LE(at + 2) * start.readUInt32LE(at + 4);
  if (pcmFormats.has(format)) return samples * (start.readUInt16LE(at + 14) / 8);
  if (lawFormats.has(format)) return samples;
  if (adpcmFormats.has(format)) return samples / 2;
  return Math.min(start.readUInt32LE(at + 8), limits.unknown_sound_bytes_per_s);
}

/** @returns seconds by the rate of its samples; undefined = it is no WAVE */
export async function secondsOfWave(readAt: ReadAt, size: number): Promise<number | undefined> {
  const start = await readAt(0);
  if (start.toString('latin1', 0, 4) !== 'RIFF' || start.toString('latin1', 8, 12) !== 'WAVE')
    return undefined;
  const at = start.indexOf('fmt ', 12, 'latin1') + 8;
  if (at < 8 || at + 16 > start.length) return undefined;
  const bytesPerSecond = waveBytesPerSecond(start, at);
  return bytesPerSecond > 0 ? Math.max(0, size - at - 24) / bytesPerSecond : undefined;
}
