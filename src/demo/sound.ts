/** The demo's sounds: a tone for each character of a text, as WAV, and the text back from such a sound. Pure. */

/** 16-bit mono. */
const sampleRate = 8000;
const headerBytes = 44;
/** Of one character: short, so that a sentence takes a second or two. */
const samplesPerTone = 400;
const loudness = 8000;
/** Tones stand this far apart, in hertz; the lowest belongs to a space. */
const stepHertz = 20;
const lowestHertz = 200;
const firstCharacter = 0x20;
const characters = 95;

/** Spells a text as tones. Characters other than those of ASCII sound as a question mark. */
export function spoken(text: string): Buffer {
  const tones = [...text].map(toneOf);
  const samples = Buffer.alloc(tones.length * samplesPerTone * 2);
  for (const [index, hertz] of tones.entries()) {
    for (let sample = 0; sample < samplesPerTone; sample += 1) {
      const value = Math.round(loudness * Math.sin((2 * Math.PI * hertz * sample) / sampleRate));
      samples.writeInt16LE(value, (index * samplesPerTone + sample) * 2);
    }
  }
  return Buffer.concat([headerOf(samples.length), samples]);
}

function toneOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  const known = code >= firstCharacter && code < firstCharacter + characters ? code : '?'.charCodeAt(0);
  return lowestHertz + (known - firstCharacter) * stepHertz;
}

/** RIFF, WAVE, PCM (http://soundfile.sapp.org/doc/WaveFormat). */
function headerOf(bytes: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write('RIFF', 0);
  header.writeUInt32LE(headerBytes - 8 + bytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(bytes, 40);
  return header;
}

/**
 * What `spoken` spelled.
 * @returns undefined = it is no such sound
 */
export function heard(sound: Buffer): string | undefined {
  if (sound.toString('latin1', 0, 4) !== 'RIFF' || sound.length < headerBytes) return undefined;
  const samples = sound.subarray(headerBytes, headerBytes + tonesMax * samplesPerTone * 2);
  let text = '';
  for (let start = 0; start + samplesPerTone * 2 <= samples.length; start += samplesPerTone * 2) {
    text += characterIn(samples.subarray(start, start + samplesPerTone * 2));
  }
  return text;
}

/** Longer sounds are heard to here. */
const tonesMax = 1000;

/**
 * A quarter of each wave: the rest of it is the same quarter, mirrored. Each tone has whole periods in its samples, as
 * many as its place in steps of `stepHertz`.
 */
const quarter = samplesPerTone / 4;
const waves = Array.from({ length: characters }, (_, index) => {
  const hertz = lowestHertz + index * stepHertz;
  return {
    isOdd: (hertz / stepHertz) % 2 === 1,
    heights: Float64Array.from({ length: quarter + 1 }, (_, sample) =>
      Math.sin((2 * Math.PI * hertz * sample) / sampleRate),
    ),
  };
});

/** The samples laid over each other as the quarters of a wave are. */
function folded(samples: Buffer, isOdd: boolean): Float64Array {
  const at = (sample: number) => samples.readInt16LE(sample * 2);
  const sums = new Float64Array(quarter + 1);
  for (let sample = 1; sample <= quarter; sample += 1) {
    const mirrored = samplesPerTone / 2 - sample;
    const half = at(sample) - at(samplesPerTone - sample);
    const other = at(mirrored) - at(samplesPerTone - mirrored);
    // The middle is its own mirror.
    sums[sample] = sample === quarter ? half : isOdd ? half + other : half - other;
  }
  return sums;
}

/** The tone whose wave is most like the samples. */
function characterIn(samples: Buffer): string {
  const [odd, even] = [folded(samples, true), folded(samples, false)];
  let best = { index: 0, likeness: -1 };
  for (let index = 0; index < characters; index += 1) {
    const likeness = likenessOf(waves[index], odd, even);
    if (likeness > best.likeness) best = { index, likeness };
  }
  return String.fromCharCode(firstCharacter + best.index);
}

function likenessOf(wave: (typeof waves)[number] | undefined, odd: Float64Array, even: Float64Array): number {
  if (!wave) return 0;
  const [values, { heights }] = [wave.isOdd ? odd : even, wave];
  let sum = 0;
  for (let sample = 1; sample <= quarter; sample += 1) sum += (heights[sample] ?? 0) * (values[sample] ?? 0);
  return sum;
}

/** Seconds of a sound that `spoken` made. */
export function secondsOf(sound: Buffer): number {
  return Math.max(0, sound.length - headerBytes) / 2 / sampleRate;
}
