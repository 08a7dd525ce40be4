/**
 * Measures MP4 by its samples, whose number and bytes a decoder goes by (ISO 14496-12). Durations of the whole are not
 * read; those of samples only make a sound longer.
 */
import { limits } from '../../platform/limits.ts';
import { type Mp4Codec, mp4Codec } from './mp4-codec.ts';
import type { SoundReader } from './reader.ts';

interface Box {
  readonly type: string;
  /** Of its content. */
  readonly start: number;
  readonly end: number;
}

/** No codec writes fewer bytes for long. */
const bytesPerSecondMin = 250;
const depthMax = 8;
const entered: ReadonlySet<string> = new Set([
  'moov',
  'trak',
  'mdia',
  'minf',
  'stbl',
  'moof',
  'traf',
  'mvex',
]);

class Mp4Track {
  id = 0;
  isSound = false;
  timescale = 0;
  codec: Mp4Codec | undefined;
  samples = 0;
  /** Of all samples. */
  bytes = 0;
  /** In units of the timescale, by its samples. */
  ticks = 0;
  /** Of samples in fragments that do not say. */
  defaultTicks = 0;
  defaultBytes = 0;

  seconds(fileBytes: number): number {
    const samples = Math.min(this.samples, fileBytes);
    const bytes = Math.min(this.bytes, fileBytes);
    const stated = this.timescale > 0 ? this.ticks / this.timescale : 0;
    const atLeast =
      this.codec?.kind === 'samples'
        ? samples * this.codec.secondsEach
        : bytes / (this.codec?.perSecond ?? limits.unknown_sound_bytes_per_s);
    return Math.max(atLeast, Math.min(stated, fileBytes / bytesPerSecondMin));
  }
}

class Mp4 {
  readonly #reader: SoundReader;
  readonly tracks: Mp4Track[] = [];
  #track = new Mp4Track();
  /** Of the fragment that is read. */
  #ticks = 0;
  #bytes = 0;

  constructor(reader: SoundReader) {
    this.#reader = reader;
  }

  /** @param depth of boxes inside each other: deeper ones mean nothing */
  async read(start: number, end: number, depth = 0): Promise<void> {
    if (depth > depthMax) return;
    for (let position = start; position + 8 <= end; ) {
      const box = await this.#boxAt(position, end);
      if (!box) return;
      if (box.type === 'trak') {
        this.#track = new Mp4Track();
        this.tracks.push(this.#track);
      }
      if (entered.has(box.type)) await this.read(box.start, box.end, depth + 1);
      else await this.#leaf(box);
      position = box.end;
    }
  }

  async #boxAt(position: number, end: number): Promise<Box | undefined> {
    const head = await this.#reader.at(position, 16);
    if (head.length < 8) return undefined;
    const type = head.toString('latin1', 4, 8);
    const short = head.readUInt32BE(0);
    const isLong = short === 1 && head.length === 16;
    const size = isLong ? Number(head.readBigUInt64BE(8)) : short === 0 ? end - position : short;
    const headBytes = isLong ? 16 : 8;
    if (size < headBytes) return undefined;
    return { type, start: position + headBytes, end: Math.min(end, position + size) };
  }

  async #leaf({ type, start, end }: Box): Promise<void> {
    const track = this.#track;
    const u32 = async (at: number) => {
      const bytes = at + 4 <= end - start ? await this.#reader.at(start + at, 4) : Buffer.alloc(0);
      return bytes.length === 4 ? bytes.readUInt32BE(0) : 0;
    };
    const isVersion1 = (await u32(0)) >>> 24 === 1;
    switch (type) {
      case 'tkhd':
        track.id = await u32(isVersion1 ? 20 : 12);
        return;
      case 'mdhd':
        track.timescale = await u32(isVersion1 ? 20 : 12);
        return;
      case 'hdlr':
        track.isSound = (await this.#reader.at(start + 8, 4)).toString('latin1') === 'soun';
        return;
      case 'stsd':
        track.codec = mp4Codec(
          Buffer.from(await this.#reader.at(start + 8, Math.min(end - start - 8, 4096))),
        );
        return;
      case 'stts':
        await this.#table(start + 8, end, 2, ([count = 0, ticks = 0]) => {
          track.ticks += count * ticks;
        });
        return;
      case 'stsz':
        return this.#sizes(track, { type, start, end }, await u32(4), await u32(8));
      case 'stz2': {
        const width = (await u32(4)) & 0xff;
        track.samples += Math.min(await u32(8), Math.floor(((end - start - 12) * 8) / Math.max(4, width)));
        // Their bytes, which are small, are not added up.
        track.bytes = this.#reader.size;
        return;
      }
      case 'trex':
        return this.#defaults(await u32(4), await u32(12), await u32(16));
      case 'tfhd':
        return this.#fragment(await u32(0), await u32(4), u32);
      case 'trun':
        return this.#run({ type, start, end }, await u32(0), await u32(4));
    }
  }

  async #sizes(track: Mp4Track, { start, end }: Box, all: number, count: number): Promise<void> {
    if (all > 0) {
      track.samples += count;
      track.bytes += count * all;
      return;
    }
    let left = count;
    await this.#table(start + 12, end, 1, ([bytes = 0]) => {
      if (left <= 0) return;
      left -= 1;
      track.samples += 1;
      track.bytes += bytes;
    });
  }

  #defaults(id: number, ticks: number, bytes: number): void {
    const track = this.tracks.find((each) => each.id === id);
    if (!track) return;
    track.defaultTicks = ticks;
    track.defaultBytes = bytes;
  }

  async #fragment(flags: number, id: number, u32: (at: number) => Promise<number>): Promise<void> {
    this.#track = this.tracks.find((each) => each.id === id) ?? new Mp4Track();
    const ticksAt = 8 + (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
    const bytesAt = ticksAt + (flags & 8 ? 4 : 0);
    this.#ticks = flags & 8 ? await u32(ticksAt) : this.#track.defaultTicks;
    this.#bytes = flags & 16 ? await u32(bytesAt) : this.#track.defaultBytes;
  }

  async #run({ start, end }: Box, flags: number, count: number): Promise<void> {
    const track = this.#track;
    const fields = [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag);
    const ticksAt = fields.indexOf(0x100);
    const bytesAt = fields.indexOf(0x200);
    const first = start + 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
    let left = count;
    const add = (many: number, row: readonly number[]) => {
      track.samples += many;
      track.ticks += many * (row[ticksAt] ?? this.#ticks);
      track.bytes += many * (row[bytesAt] ?? this.#bytes);
    };
    if (fields.length === 0) return add(count, []);
    await this.#table(first, end, fields.length, (row) => {
      if (left > 0) add(1, row);
      left -= 1;
    });
  }

  /** Calls `see` for each row of a table of numbers of 32 bits. */
  async #table(
    start: number,
    end: number,
    columns: number,
    see: (row: readonly number[]) => void,
  ): Promise<void> {
    const rowBytes = columns * 4;
    for (let position = start; position + rowBytes <= end; ) {
      const rows = Math.floor(Math.min(end - position, 65_536) / rowBytes);
      const bytes = await this.#reader.at(position, rows * rowBytes);
      const whole = Math.floor(bytes.length / rowBytes);
      if (whole === 0) return;
      for (let row = 0; row < whole; row += 1)
        see(Array.from({ length: columns }, (_, column) => bytes.readUInt32BE(row * rowBytes + column * 4)));
      position += whole * rowBytes;
    }
  }
}

/** @returns seconds of all sound tracks; undefined = nothing in it plays */
export async function secondsOfMp4(reader: SoundReader): Promise<number | undefined> {
  const file = new Mp4(reader);
  await file.read(0, reader.size);
  const sounds = file.tracks.filter(({ isSound }) => isSound);
  const seconds = sounds.reduce((sum, track) => sum + track.seconds(reader.size), 0);
  return seconds > 0 ? seconds : undefined;
}
