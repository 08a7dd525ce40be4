/**
 * Runs in the thread of sound: hands on what the microphone hears, in pieces of a tenth of a second. A module of this
 * origin: the page's policy allows no other.
 */

/** What the scope of a worklet has, which TypeScript does not know. */
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

const rate = 24_000;
const pieceSamples = rate / 10;

class Capture extends AudioWorkletProcessor {
  #piece = new Int16Array(pieceSamples);
  #filled = 0;
  /** Where the next sample lies, in samples that have come. Browsers whose contexts cannot have our rate bring another. */
  #next = 0;
  #last = 0;

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    const samples = input?.[0];
    if (!samples) return true;
    const step = sampleRate / rate;
    for (; this.#next < samples.length; this.#next += step) {
      const before = Math.floor(this.#next);
      const part = this.#next - before;
      const one = before === 0 ? this.#last : (samples[before - 1] ?? 0);
      this.#put(one + ((samples[before] ?? 0) - one) * part);
    }
    this.#next -= samples.length;
    this.#last = samples.at(-1) ?? 0;
    return true;
  }

  #put(sample: number): void {
    this.#piece[this.#filled] = Math.round(Math.min(1, Math.max(-1, sample)) * 0x7fff);
    this.#filled += 1;
    if (this.#filled < pieceSamples) return;
    this.port.postMessage(this.#piece, [this.#piece.buffer]);
    this.#piece = new Int16Array(pieceSamples);
    this.#filled = 0;
  }
}

registerProcessor('capture', Capture);
