/** Hears when somebody speaks in 16-bit sound at 24,000 Hz: loud samples begin it, a silence ends it. Pure. */

export const bytesPerMs = 48;
/** Of 32,767. */
const loudness = 500;

export type VoiceChange = { readonly kind: 'started' | 'stopped'; readonly atMs: number };

export class Voice {
  readonly #silenceMs: number;
  /** Of all sound so far. */
  #ms = 0;
  #isSpeaking = false;
  #lastLoudMs = 0;

  /** @param silenceMs the silence that ends speech */
  constructor(silenceMs: number) {
    this.#silenceMs = silenceMs;
  }

  /** @returns what changed within the piece, in order */
  hear(piece: Buffer): readonly VoiceChange[] {
    const changes: VoiceChange[] = [];
    for (let from = 0; from < piece.length; from += bytesPerMs * 10) {
      const part = piece.subarray(from, from + bytesPerMs * 10);
      if (isLoud(part)) {
        this.#lastLoudMs = this.#ms;
        if (!this.#isSpeaking) changes.push({ kind: 'started', atMs: Math.round(this.#ms) });
        this.#isSpeaking = true;
      }
      this.#ms += part.length / bytesPerMs;
      if (!this.#isSpeaking || this.#ms - this.#lastLoudMs < this.#silenceMs) continue;
      this.#isSpeaking = false;
      changes.push({ kind: 'stopped', atMs: Math.round(this.#ms) });
    }
    return changes;
  }
}

function isLoud(part: Buffer): boolean {
  for (let at = 0; at + 1 < part.length; at += 2) if (Math.abs(part.readInt16LE(at)) > loudness) return true;
  return false;
}

/** A tone, for an answer to somebody who has said nothing. */
export function tone(ms: number): Buffer {
  const samples = ms * 24;
  const sound = Buffer.alloc(samples * 2);
  for (let at = 0; at < samples; at += 1) {
    sound.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * at) / 24_000)), at * 2);
  }
  return sound;
}
