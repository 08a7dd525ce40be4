/** How long a sample of a sound in MP4 plays, by what its decoder is set up with (ISO 14496-3 1.6, 14496-14 5.6). Pure. */

/** One of them is known: the length of each sample, or the bytes of a second. */
export type Mp4Codec =
  | { readonly kind: 'samples'; readonly secondsEach: number }
  | { readonly kind: 'bytes'; readonly perSecond: number };

const aacRates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];
/** USAC (xHE-AAC) has up to twice as many samples in a frame. */
const usac = 42;
const aacTypes: ReadonlySet<number> = new Set([0x40, 0x66, 0x67, 0x68]);
const mp3Types: ReadonlySet<number> = new Set([0x69, 0x6b]);
/** The most that these codecs for speech write: AMR, AMR-WB. */
const speechBytes: Readonly<Record<string, number>> = { samr: 1600, sawb: 3050 };
const pcmTypes: ReadonlySet<string> = new Set([
  'sowt',
  'twos',
  'raw ',
  'lpcm',
  'in24',
  'in32',
  'fl32',
  'fl64',
]);
const pcmBits: Readonly<Record<string, number>> = { in24: 24, in32: 32, fl32: 32, fl64: 64 };
const lawTypes: ReadonlySet<string> = new Set(['ulaw', 'alaw']);

/** A descriptor: its tag, where its content begins, and where it ends. */
function descriptorAt(bytes: Buffer, at: number) {
  let length = 0;
  let start = at + 1;
  for (let index = 0; index < 4; index += 1) {
    const byte = bytes[start] ?? 0;
    start += 1;
    length = length * 128 + (byte & 127);
    if (byte < 128) break;
  }
  return { tag: bytes[at], start, end: start + length };
}

/** @returns undefined where it names no rate */
function aacSeconds(config: Buffer): number | undefined {
  if (config.length < 2) return undefined;
  const bits = (from: number, count: number) => {
    let value = 0;
    for (let bit = from; bit < from + count; bit += 1)
      value = value * 2 + (((config[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    return value;
  };
  const short = bits(0, 5);
  const isEscaped = short === 31;
  const type = isEscaped ? 32 + bits(5, 6) : short;
  const at = isEscaped ? 11 : 5;
  const index = bits(at, 4);
  const rate = index === 15 ? bits(at + 4, 24) : aacRates[index];
  return rate ? (type === usac ? 2048 : 1024) / rate : undefined;
}

/** @param entry with an `esds` box in it, of a version in QuickTime too */
function streamCodec(entry: Buffer, rate: number): Mp4Codec | undefined {
  const at = entry.indexOf('esds', 0, 'latin1');
  if (at === -1) return undefined;
  const stream = descriptorAt(entry, at + 8);
  if (stream.tag !== 3) return undefined;
  const flags = entry[stream.start + 2] ?? 0;
  const urlBytes = flags & 0x40 ? 1 + (entry[stream.start + 3 + (flags & 0x80 ? 2 : 0)] ?? 0) : 0;
  const configAt = stream.start + 3 + (flags & 0x80 ? 2 : 0) + urlBytes + (flags & 0x20 ? 2 : 0);
  const config = descriptorAt(entry, configAt);
  const objectType = entry[config.start] ?? 0;
  if (mp3Types.has(objectType) && rate > 0) return { kind: 'samples', secondsEach: 1152 / rate };
  const specific = descriptorAt(entry, config.start + 13);
  if (config.tag !== 4 || specific.tag !== 5 || !aacTypes.has(objectType)) return undefined;
  const secondsEach = aacSeconds(entry.subarray(specific.start, specific.end));
  return secondsEach === undefined ? undefined : { kind: 'samples', secondsEach };
}

/** Apple Lossless: its configuration stands in a box of the same name. */
function alacCodec(entry: Buffer): Mp4Codec | undefined {
  const at = entry.indexOf('alac', 8, 'latin1') + 8;
  if (at < 16 || at + 24 > entry.length) return undefined;
  const [samples, rate] = [entry.readUInt32BE(at), entry.readUInt32BE(at + 20)];
  return rate > 0 ? { kind: 'samples', secondsEach: samples / rate } : undefined;
}

/**
 * @param entry a sound sample entry of `stsd`, with the size and type before it
 * @returns undefined = a codec that is not known
 */
export function mp4Codec(entry: Buffer): Mp4Codec | undefined {
  if (entry.length < 36) return undefined;
  const type = entry.toString('latin1', 4, 8);
  const [channels, bits, rate] = [entry.readUInt16BE(24), entry.readUInt16BE(26), entry.readUInt16BE(32)];
  if (type === 'mp4a') return streamCodec(entry, rate);
  if (type === 'alac') return alacCodec(entry);
  const speech = speechBytes[type];
  if (speech !== undefined) return { kind: 'bytes', perSecond: speech };
  const width = lawTypes.has(type) ? 8 : pcmTypes.has(type) ? (pcmBits[type] ?? bits) : 0;
  const perSecond = (rate * channels * width) / 8;
  return perSecond > 0 ? { kind: 'bytes', perSecond } : undefined;
}
