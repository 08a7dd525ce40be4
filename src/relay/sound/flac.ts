/** Measures FLAC by its frames, each of which says how many samples it has (RFC 9639). */
import type { SoundReader } from './reader.ts';

const rates = [0, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
const headerBytesMax = 16;

/** The sum of a frame header: polynomial x^8 + x^2 + x + 1 (9.1.8). */
const crcTable = Uint8Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  return crc;
});

function crcOf(bytes: Buffer, start: number, end: number): number {
  let crc = 0;
  for (let at = start; at < end; at += 1) crc = crcTable[crc ^ (bytes[at] ?? 0)] ?? 0;
  return crc;
}

/** Bytes of the number of a frame, by its first one, which is coded as in UTF-8 (9.1.5); 0 = not allowed. */
function numberBytes(first: number): number {
  const ones = Math.clz32(~(first << 24));
  return ones === 0 ? 1 : ones === 1 || ones > 7 ? 0 : ones;
}

/**
 * @param rate of the stream, for frames that do not name one
 * @returns seconds of the frame whose header stands there; undefined = there is none
 */
export function flacFrame(bytes: Buffer, at: number, rate: number): number | undefined {
  if (at + 6 > bytes.length || bytes[at] !== 0xff || ((bytes[at + 1] ?? 0) & 0xfe) !== 0xf8) return undefined;
  const [sizes = 0, layout = 0, first = 0] = bytes.subarray(at + 2, at + 5);
  const [sizeCode, rateCode] = [sizes >> 4, sizes & 15];
  const isSound = sizeCode !== 0 && rateCode !== 15 && layout >> 4 <= 10 && layout % 2 === 0;
  const numbered = numberBytes(first);
  if (!isSound || numbered === 0) return undefined;
  const sizeAt = at + 4 + numbered;
  const sizeBytes = sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0;
  const rateAt = sizeAt + sizeBytes;
  const end = rateAt + (rateCode === 12 ? 1 : rateCode >= 13 ? 2 : 0);
  if (end >= bytes.length || bytes[end] !== crcOf(bytes, at, end)) return undefined;
  const samples =
    sizeBytes > 0
      ? bytes.readUIntBE(sizeAt, sizeBytes) + 1
      : sizeCode === 1
        ? 192
        : sizeCode < 6
          ? 576 * 2 ** (sizeCode - 2)
          : 2 ** sizeCode;
  const own =
    rateCode === 12
      ? (bytes[rateAt] ?? 0) * 1000
      : rateCode >= 13
        ? bytes.readUInt16BE(rateAt) * (rateCode === 14 ? 10 : 1)
        : (rates[rateCode] ?? 0);
  return own || rate ? samples / (own || rate) : 0;
}

/** @param head bytes with `fLaC` and STREAMINFO in them. @returns samples a second (8.2) */
export function flacRate(head: Buffer): number {
  const at = head.indexOf('fLaC', 0, 'latin1') + 4 + 4 + 10;
  return at + 3 > head.length ? 0 : head.readUIntBE(at, 3) >> 4;
}

/** @param start where `fLaC` stands. @returns where the first frame may be */
async function afterMetadata(reader: SoundReader, start: number): Promise<number> {
  for (let position = start + 4; ; ) {
    const header = await reader.at(position, 4);
    if (header.length < 4) return position;
    position += 4 + header.readUIntBE(1, 3);
    if ((header[0] ?? 0) >= 0x80) return position;
  }
}

/** @param start where `fLaC` stands. @returns seconds of all frames; undefined = there is none */
export async function secondsOfFlac(reader: SoundReader, start: number): Promise<number | undefined> {
  const rate = flacRate(await reader.at(start, 64));
  let seconds = 0;
  for (let position = await afterMetadata(reader, start); position < reader.size; ) {
    const chunk = await reader.at(position, 65_536);
    const isLast = position + chunk.length >= reader.size;
    const end = isLast ? chunk.length : chunk.length - headerBytesMax;
    if (end <= 0) break;
    for (let at = chunk.indexOf(0xff); at !== -1 && at < end; at = chunk.indexOf(0xff, at + 1))
      seconds += flacFrame(chunk, at, rate) ?? 0;
    position += end;
  }
  return seconds > 0 ? seconds : undefined;
}
