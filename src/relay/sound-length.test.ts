import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { spoken } from '../demo/sound.ts';
import type { FilePart } from '../http/multipart/form.ts';
import { SoundLength } from './sound-length.ts';

const sounds = new SoundLength();
after(() => sounds.close());

const file = (content: Buffer, filename: string, contentType: string): FilePart => ({
  kind: 'file',
  name: 'file',
  filename,
  contentType,
  content,
});

/** 417 bytes each: MPEG 1 layer III, 128 kbit/s, 44.1 kHz, 1152 samples, silent (ISO 11172-3, 2.4.1.3). */
const frame = Buffer.alloc(417);
frame.set([0xff, 0xfb, 0x90, 0xc4]);

/** A first frame that says how many follow. */
function describing(frames: number): Buffer {
  const first = Buffer.from(frame);
  // Mono: the side information has 17 bytes.
  first.write('Xing', 4 + 17, 'latin1');
  first.writeUInt32BE(1, 4 + 17 + 4);
  first.writeUInt32BE(frames, 4 + 17 + 8);
  return first;
}

const mp3 = (first: Buffer, frames: number) =>
  Buffer.concat([first, ...Array.from({ length: frames }, () => frame)]);

test('WAV is measured by its bytes, whatever its header says', async () => {
  const sound = spoken('x'.repeat(50));
  const lying = Buffer.from(sound);
  lying.writeUInt32LE(10, 40);
  assert.equal(await sounds.secondsOf(file(sound, 'a.wav', 'audio/wav')), 3);
  assert.equal(await sounds.secondsOf(file(lying, 'a.wav', 'audio/wav')), 3);
});

test('frames of MP3 are counted, whatever the first one says', async () => {
  // 1150 frames of 26.12 ms are 30.04 s.
  const honest = await sounds.secondsOf(file(mp3(describing(1150), 1150), 'a.mp3', 'audio/mpeg'));
  const lying = await sounds.secondsOf(file(mp3(describing(3), 1150), 'a.mp3', 'audio/mpeg'));
  assert.deepEqual([honest, lying], [31, 31]);
  const boasting = mp3(describing(4_000_000_000), 1150);
  const tag = Buffer.concat([
    Buffer.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 1, 0x1c, 0x20]),
    Buffer.alloc(20_000, 0xff),
  ]);
  assert.equal(await sounds.secondsOf(file(boasting, 'a.mp3', 'audio/mpeg')), 31);
  assert.equal(await sounds.secondsOf(file(Buffer.concat([tag, boasting]), 'a.mp3', 'audio/mpeg')), 31);
});

test('what is no sound counts by its bytes, and at least a second', async () => {
  assert.equal(await sounds.secondsOf(file(Buffer.alloc(40_001, 'x'), 'a.mp3', 'audio/mpeg')), 11);
  assert.equal(await sounds.secondsOf(file(Buffer.alloc(0), 'a', 'application/octet-stream')), 1);
});
