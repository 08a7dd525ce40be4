/**
 * Entry point of the thread that measures sounds: a compressed file tells its length only to a reader of all its frames.
 */
import { read } from 'node:fs';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type IFormat, parseStream } from 'music-metadata';
import { systemClock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import { serveHandlers } from '../platform/worker-handlers.ts';
import { secondsOfFlac } from './sound/flac.ts';
import { secondsOfMp4 } from './sound/mp4.ts';
import { secondsOfOgg } from './sound/ogg.ts';
import { type ReadAt, SoundReader } from './sound/reader.ts';
import { secondsOfWebm } from './sound/webm.ts';
import { secondsOfMp3, secondsOfWave, tagBytes } from './sound-frames.ts';

export interface SoundOrder {
  /** An open file, or the bytes themselves. */
  readonly file: number | Uint8Array;
  /** In bytes. */
  readonly size: number;
  readonly contentType: string;
  readonly filename: string;
}

const chunkBytes = 65_536;
const readFrom = promisify(read);
/** MP3 is written with at most 320 kbit/s. */
const mp3BytesPerSecondMax = 40_000;
/** 16-bit stereo at 44.1 kHz: no codec for speech writes more. */
const bytesPerSecondMax = 176_400;
/** No codec writes fewer for long. */
const bytesPerSecondMin = 250;

/** Positional reads alone: the file belongs to another thread, which closes it. */
function bytesOf({ file }: SoundOrder): ReadAt {
  if (typeof file !== 'number') {
    const bytes = Buffer.from(file);
    return async (position) => bytes.subarray(position, position + chunkBytes);
  }
  return async (position) => {
    const { bytesRead, buffer } = await readFrom(file, Buffer.alloc(chunkBytes), 0, chunkBytes, position);
    return buffer.subarray(0, bytesRead);
  };
}

async function* chunksOf(readAt: ReadAt): AsyncGenerator<Buffer, void> {
  for (let position = 0; ; ) {
    const chunk = await readAt(position);
    if (chunk.length === 0) return;
    position += chunk.length;
    yield chunk;
  }
}

async function formatOf(
  { contentType: mimeType, filename: path, size }: SoundOrder,
  readAt: ReadAt,
): Promise<IFormat> {
  const stream = Readable.from(chunksOf(readAt), { objectMode: false });
  const timer = systemClock.after(limits.sound_measure_ms_max, () =>
    stream.destroy(new Error('it takes too long')),
  );
  try {
    const { format } = await parseStream(
      stream,
      { mimeType, path, size },
      { duration: true, skipCovers: true },
    );
    return format;
  } finally {
    timer.cancel();
    stream.destroy();
  }
}

/** The same, until it takes too long. */
function readerOf(order: SoundOrder): ReadAt {
  const readAt = bytesOf(order);
  const until = systemClock.monotonic() + limits.sound_measure_ms_max;
  return async (position) => {
    if (systemClock.monotonic() > until) throw new Error('it takes too long');
    return readAt(position);
  };
}

/** Containers whose packets say how long they play, by what stands at the beginning. */
const byPackets: readonly {
  readonly at: number;
  readonly marks: readonly string[];
  readonly measure: (reader: SoundReader, start: number) => Promise<number | undefined>;
}[] = [
  { at: 0, marks: ['fLaC'], measure: secondsOfFlac },
  { at: 0, marks: ['OggS'], measure: secondsOfOgg },
  { at: 0, marks: ['\x1a\x45\xdf\xa3'], measure: secondsOfWebm },
  { at: 4, marks: ['ftyp', 'styp', 'moov', 'moof', 'mdat', 'free', 'skip', 'wide'], measure: secondsOfMp4 },
];

/**
 * What headers say of the whole is believed of rare containers alone, and only between what their bytes can be at most and
 * at least.
 * @returns seconds; undefined = it is no sound that can be read
 */
async function measure(order: SoundOrder): Promise<number | undefined> {
  const { size } = order;
  const readAt = readerOf(order);
  const wave = await secondsOfWave(readAt, size);
  if (wave !== undefined) return wave;
  const reader = new SoundReader(readAt, size);
  const tag = tagBytes(await reader.at(0, 10));
  for (const start of tag > 0 ? [0, tag] : [0]) {
    const head = (await reader.at(start, 8)).toString('latin1');
    const container = byPackets.find(({ at, marks }) => marks.includes(head.slice(at, at + 4)));
    if (container) return container.measure(reader, start);
  }
  const format = await formatOf(order, readAt).catch(() => undefined);
  if (format?.container === 'MPEG') {
    return Math.max(await secondsOfMp3(readAt, size), size / mp3BytesPerSecondMax);
  }
  const { duration = 0, hasVideo = false } = format ?? {};
  if (duration <= 0) return undefined;
  const atLeast = hasVideo ? 0 : size / bytesPerSecondMax;
  return Math.min(Math.max(duration, atLeast), size / bytesPerSecondMin);
}

const handlers = { measure };

export type SoundHandlers = typeof handlers;

serveHandlers(handlers);
