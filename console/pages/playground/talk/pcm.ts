/** Sound as the realtime protocol carries it: 16 bits, 24,000 samples a second, one channel, in Base64. Pure. */

/** Samples a second. */
export const sampleRate = 24_000;

/** Characters for one call of `fromCharCode`, whose arguments are on the stack. */
const piece = 8192;

export function toBase64(samples: Int16Array): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let binary = '';
  for (let at = 0; at < bytes.length; at += piece)
    binary += String.fromCharCode(...bytes.subarray(at, at + piece));
  return btoa(binary);
}

/** @returns samples from -1 to 1; none when the text is no sound */
export function fromBase64(text: string): Float32Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return new Float32Array();
  }
  const samples = new Float32Array(binary.length >> 1);
  for (let at = 0; at < samples.length; at += 1) {
    const unsigned = binary.charCodeAt(at * 2) | (binary.charCodeAt(at * 2 + 1) << 8);
    samples[at] = (unsigned >= 0x8000 ? unsigned - 0x1_0000 : unsigned) / 0x8000;
  }
  return samples;
}

/** Levels that are shown, in decibels below the loudest: speech is far below it. */
const quietest = -60;

/** @returns how loud it is, from 0 to 1 */
export function levelOf(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const loudness = Math.sqrt(sum / Math.max(1, samples.length)) / 0x8000;
  return loudness === 0 ? 0 : Math.min(1, Math.max(0, 1 - (20 * Math.log10(loudness)) / quietest));
}
