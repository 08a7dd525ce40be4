/** Files of sound for tests, with headers that say whatever the test wants. */

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** Opus: of 20 ms, as WebRTC sends it (RFC 6716, 3.1: configuration 19, one frame). */
export const opusPacket = Buffer.concat([Buffer.from([19 * 8]), Buffer.alloc(60, 7)]);
export const opusHead = Buffer.concat([
  Buffer.from('OpusHead'),
  Buffer.from([1, 1, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0]),
]);

/** @param granule the position that each page names */
export function oggFile(packets: readonly Buffer[], granule: bigint): Buffer {
  return Buffer.concat(
    packets.map((packet, index) => {
      const head = Buffer.alloc(27);
      head.write('OggS', 'latin1');
      head[5] = index === 0 ? 2 : 0;
      head.writeBigUInt64LE(index < 2 ? 0n : granule, 6);
      head.writeUInt32LE(index, 18);
      const whole = Math.floor(packet.length / 255);
      head[26] = whole + 1;
      return Buffer.concat([head, Buffer.alloc(whole, 255), Buffer.from([packet.length % 255]), packet]);
    }),
  );
}

/** Bits as Vorbis packs them: the lowest first. */
function packed(fields: readonly (readonly [value: number, bits: number])[]): Buffer {
  const bits = fields.flatMap(([value, count]) =>
    Array.from({ length: count }, (_, bit) => (value >> bit) & 1),
  );
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [index, bit] of bits.entries())
    bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (index & 7));
  return bytes;
}

/** Blocks of 256 and 2048 samples at 44.1 kHz, by two modes. */
export function vorbisHeaders(): readonly Buffer[] {
  const head = Buffer.alloc(30);
  head.write('\x01vorbis', 'latin1');
  head[11] = 1;
  head.writeUInt32LE(44_100, 12);
  head[28] = 0xb8;
  head[29] = 1;
  const mode = (isLong: number) =>
    [
      [isLong, 1],
      [0, 16],
      [0, 16],
      [isLong, 8],
    ] as const;
  const books = Array.from({ length: 40 }, (_, index) => [(index * 73) & 0xff, 8] as const);
  const setup = packed([...books, [1, 6], ...mode(0), ...mode(1), [1, 1]]);
  const named = (type: number, rest: Buffer) =>
    Buffer.concat([Buffer.from([type]), Buffer.from('vorbis'), rest]);
  return [head, named(3, Buffer.alloc(9)), named(5, setup)];
}

export const vorbisPacket = (isLong: boolean): Buffer =>
  Buffer.concat([Buffer.from([isLong ? 2 : 0]), Buffer.alloc(30, 0x55)]);

function crc8(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80 ? ((crc << 1) ^ 7) & 0xff : (crc << 1) & 0xff;
  }
  return crc;
}

/** FLAC at 44.1 kHz in frames of 4096 samples. @param total the number of samples that its header says it has */
export function flacFile(frames: number, total: number): Buffer {
  const info = Buffer.alloc(34);
  info.writeUIntBE((44_100 << 4) | 0, 10, 3);
  info.writeUInt32BE(total, 14);
  const made = Array.from({ length: frames }, (_, index) => {
    const number = index < 128 ? [index] : [0xc0 | (index >> 6), 0x80 | (index & 63)];
    const head = Buffer.from([0xff, 0xf8, 0xc9, 0x08, ...number]);
    return Buffer.concat([head, Buffer.from([crc8(head)]), Buffer.alloc(200, index & 0x7f)]);
  });
  return Buffer.concat([Buffer.from('fLaC'), Buffer.from([0x80, 0, 0, 34]), info, ...made]);
}

/** With a size of five bytes. */
const element = (id: string, content: Buffer) =>
  Buffer.concat([Buffer.from(id, 'hex'), Buffer.from([0x08]), u32(content.length), content]);

const unknownSize = Buffer.from('01ffffffffffffff', 'hex');

/** WebM as browsers record it: of unknown length. @param seconds the length that its header says it has */
export function webmFile(packets: readonly Buffer[], seconds: number): Buffer {
  const duration = Buffer.alloc(8);
  duration.writeDoubleBE(seconds * 1000);
  const track = Buffer.concat([
    element('d7', Buffer.from([1])),
    element('83', Buffer.from([2])),
    element('86', Buffer.from('A_OPUS')),
    element('63a2', opusHead),
  ]);
  const blocks = packets.map((packet) =>
    element('a3', Buffer.concat([Buffer.from([0x81, 0, 0, 0x80]), packet])),
  );
  return Buffer.concat([
    element('1a45dfa3', element('4282', Buffer.from('webm'))),
    Buffer.from('18538067', 'hex'),
    unknownSize,
    element('1549a966', element('4489', duration)),
    element('1654ae6b', element('ae', track)),
    Buffer.from('1f43b675', 'hex'),
    unknownSize,
    element('e7', Buffer.from([0])),
    ...blocks,
  ]);
}

const box = (type: string, ...content: readonly Buffer[]) => {
  const all = Buffer.concat(content);
  return Buffer.concat([u32(8 + all.length), Buffer.from(type, 'latin1'), all]);
};

/** A sound sample entry of AAC at 44.1 kHz. */
export function aacEntry(): Buffer {
  const head = Buffer.alloc(28);
  head.writeUInt16BE(1, 6);
  head.writeUInt16BE(2, 16);
  head.writeUInt16BE(16, 18);
  head.writeUInt16BE(44_100, 24);
  // ES_Descriptor, DecoderConfigDescriptor (AAC), AudioSpecificConfig (LC, 44.1 kHz, stereo).
  const config = [0x04, 17, 0x40, 0x15, ...Array<number>(11).fill(0), 0x05, 2, 0x12, 0x10];
  const stream = Buffer.from([0x03, 3 + config.length, 0, 1, 0, ...config]);
  return box('mp4a', head, box('esds', u32(0), stream));
}

/** Of a codec that is not known here. */
export const strangeEntry = (): Buffer => box('xyz1', Buffer.alloc(28));

export interface Mp4Claims {
  /** Of the track, of the file, and of each sample. */
  readonly timescale: number;
  readonly duration: number;
  readonly sampleTicks: number;
}

/** @param isFragmented whether the samples stand in fragments of a hundred, as in live recordings */
export function mp4File(entry: Buffer, samples: number, claims: Mp4Claims, isFragmented: boolean): Buffer {
  const { timescale, duration, sampleTicks } = claims;
  const sampleBytes = 200;
  const inside = isFragmented ? 0 : samples;
  const sizes = Array.from({ length: inside }, () => u32(sampleBytes));
  const table = box(
    'stbl',
    box('stsd', u32(0), u32(1), entry),
    box('stts', u32(0), u32(1), u32(inside), u32(sampleTicks)),
    box('stsz', u32(0), u32(0), u32(inside), ...sizes),
  );
  const zeros = [u32(0), u32(0), u32(0)] as const;
  const track = box(
    'trak',
    box('tkhd', ...zeros, u32(1), u32(0), u32(duration)),
    box(
      'mdia',
      box('mdhd', ...zeros, u32(timescale), u32(duration)),
      box('hdlr', u32(0), u32(0), Buffer.from('soun'), Buffer.alloc(13)),
      box('minf', table),
    ),
  );
  const extended = box(
    'mvex',
    box('trex', u32(0), u32(1), u32(1), u32(sampleTicks), u32(sampleBytes), u32(0)),
  );
  const moov = box('moov', box('mvhd', ...zeros, u32(timescale), u32(duration)), track, extended);
  const start = [box('ftyp', Buffer.from('M4A '), u32(0)), moov];
  if (!isFragmented) return Buffer.concat([...start, box('mdat', Buffer.alloc(samples * sampleBytes, 9))]);
  const fragments: Buffer[] = [];
  for (let left = samples; left > 0; left -= 100) {
    const count = Math.min(100, left);
    const rows = Array.from({ length: count }, () => u32(sampleBytes));
    const run = box('trun', u32(0x201), u32(count), u32(0), ...rows);
    const fragment = box('moof', box('traf', box('tfhd', u32(0x020000), u32(1)), run));
    fragments.push(fragment, box('mdat', Buffer.alloc(count * sampleBytes, 9)));
  }
  return Buffer.concat([...start, ...fragments]);
}
