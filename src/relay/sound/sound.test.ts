/** Files whose headers lie: what plays is what counts. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import * as files from '../../../tests/support/sound-files.ts';
import { SoundLength } from '../sound-length.ts';
import { flacFrame, secondsOfFlac } from './flac.ts';
import { secondsOfMp4 } from './mp4.ts';
import { secondsOfOgg } from './ogg.ts';
import { SoundReader } from './reader.ts';
import { secondsOfWebm } from './webm.ts';

const sounds = new SoundLength();
after(() => sounds.close());

/** In pieces of any size, as a disk may give them. */
const readerOf = (bytes: Buffer) =>
  new SoundReader(async (position) => bytes.subarray(position, position + 65_536), bytes.length);

const counts = fc.integer({ min: 1, max: 1500 });
const claims = fc.integer({ min: 0, max: 0xffff_ffff });
const near = (seconds: number | undefined, expected: number) =>
  assert.ok(Math.abs((seconds ?? Number.NaN) - expected) < 1e-6, `${seconds}, not ${expected}`);

test('Ogg with Opus plays as long as its packets, whatever its pages say', async () => {
  const property = fc.asyncProperty(counts, claims, async (count, granule) => {
    const packets = Array.from({ length: count }, () => files.opusPacket);
    const file = files.oggFile([files.opusHead, Buffer.from('OpusTags'), ...packets], BigInt(granule));
    near(await secondsOfOgg(readerOf(file)), count * 0.02);
    const junk = Buffer.alloc(100_000, 'Ogg');
    near(await secondsOfOgg(readerOf(Buffer.concat([file, junk, file]))), count * 0.04);
  });
  await fc.assert(property, { numRuns: 20 });
});

test('Ogg with Vorbis plays as long as its blocks, whatever its pages say', async () => {
  const blocks = fc.array(fc.boolean(), { minLength: 2, maxLength: 400 });
  const property = fc.asyncProperty(blocks, claims, async (areLong, granule) => {
    const sizes = areLong.map((isLong) => (isLong ? 2048 : 256));
    const samples = sizes.slice(1).reduce((sum, size, index) => sum + (size + (sizes[index] ?? 0)) / 4, 0);
    const packets = [...files.vorbisHeaders(), ...areLong.map(files.vorbisPacket)];
    near(await secondsOfOgg(readerOf(files.oggFile(packets, BigInt(granule)))), samples / 44_100);
  });
  await fc.assert(property, { numRuns: 30 });
});

test('FLAC plays as long as its frames, whatever its header says', async () => {
  const property = fc.asyncProperty(counts, claims, async (count, total) => {
    near(await secondsOfFlac(readerOf(files.flacFile(count, total)), 0), (count * 4096) / 44_100);
  });
  await fc.assert(property, { numRuns: 20 });
  assert.equal(flacFrame(Buffer.alloc(32, 0xff), 0, 44_100), undefined);
});

test('WebM plays as long as the packets in its blocks, whatever its header says', async () => {
  const property = fc.asyncProperty(counts, claims, async (count, seconds) => {
    const packets = Array.from({ length: count }, () => files.opusPacket);
    near(await secondsOfWebm(readerOf(files.webmFile(packets, seconds))), count * 0.02);
  });
  await fc.assert(property, { numRuns: 20 });
});

test('MP4 plays as long as its samples, in fragments too, whatever its headers say', async () => {
  const property = fc.asyncProperty(counts, fc.boolean(), claims, async (count, isFragmented, duration) => {
    const file = (sampleTicks: number) =>
      files.mp4File(files.aacEntry(), count, { timescale: 44_100, duration, sampleTicks }, isFragmented);
    const seconds = (count * 1024) / 44_100;
    near(await secondsOfMp4(readerOf(file(1024))), seconds);
    near(await secondsOfMp4(readerOf(file(1))), seconds);
    const boasting = (await secondsOfMp4(readerOf(file(1_000_000)))) ?? 0;
    assert.ok(boasting >= seconds && boasting <= Math.max(seconds, file(1).length / 250));
  });
  await fc.assert(property, { numRuns: 20 });
});

test('a codec that is not known counts by its bytes, whatever its samples say', async () => {
  const claimed = { timescale: 44_100, duration: 1, sampleTicks: 1 };
  near(await secondsOfMp4(readerOf(files.mp4File(files.strangeEntry(), 200, claimed, false))), 10);
  const speex = Array.from({ length: 200 }, () => Buffer.alloc(200, 1));
  near(await secondsOfOgg(readerOf(files.oggFile([Buffer.from('Speex   '), ...speex], 1n))), 10);
});

test('any bytes behind the mark of a container are measured without an error, and end', async () => {
  const measures = [secondsOfOgg, secondsOfWebm, secondsOfMp4, (each: SoundReader) => secondsOfFlac(each, 0)];
  const file = files.webmFile([files.opusPacket, files.opusPacket], 1);
  const mp4 = files.mp4File(files.aacEntry(), 3, { timescale: 1, duration: 1, sampleTicks: 1 }, true);
  const ogg = files.oggFile([...files.vorbisHeaders(), files.vorbisPacket(true)], 0n);
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(fc.constantFrom(file, mp4, ogg, files.flacFile(3, 0)), fc.nat(), fc.nat({ max: 255 }))
      .map(([whole, at, byte]) => {
        const changed = Buffer.from(whole);
        changed[at % changed.length] = byte;
        return changed;
      }),
  );
  const property = fc.asyncProperty(bytes, async (given) => {
    for (const measure of measures) {
      const seconds = await measure(readerOf(Buffer.from(given)));
      assert.ok(seconds === undefined || seconds > 0);
    }
  });
  await fc.assert(property, { numRuns: 300 });
});

test('the thread finds the container by its bytes, whatever the name and the type of the file', async () => {
  const packets = Array.from({ length: 500 }, () => files.opusPacket);
  const claimed = { timescale: 44_100, duration: 1, sampleTicks: 1 };
  const made = [
    files.oggFile([files.opusHead, Buffer.from('OpusTags'), ...packets], 1n),
    files.webmFile(packets, 0.1),
    files.flacFile(107, 1),
    files.mp4File(files.aacEntry(), 430, claimed, false),
  ];
  const seconds = await Promise.all(
    made.map((content) => {
      const named = { kind: 'file', name: 'file', filename: 'a.mp3', contentType: 'audio/mpeg' } as const;
      return sounds.secondsOf({ ...named, content });
    }),
  );
  assert.deepEqual(seconds, [10, 10, 10, 10]);
});
