/** Plays the sound of responses, piece after piece, until it is over or interrupted. */
import { fromBase64, sampleRate } from './pcm.ts';

/** What was heard of an item when it was interrupted. */
export interface Heard {
  readonly itemId: string;
  readonly contentIndex: number;
  readonly ms: number;
}

interface Queued {
  readonly node: AudioBufferSourceNode;
  /** In seconds of the context. */
  readonly startsAt: number;
  readonly endsAt: number;
}

export class Speaker {
  readonly #context = new AudioContext();
  readonly #onChange: (isPlaying: boolean) => void;
  #queue: Queued[] = [];
  #item: Omit<Heard, 'ms'> = { itemId: '', contentIndex: 0 };
  /** Seconds of the item that have been played to their end. */
  #playedS = 0;
  /** Pieces of this item that are still under way are not played. */
  #interrupted = '';

  /** @param onChange called when it begins and when it has nothing more to play */
  constructor(onChange: (isPlaying: boolean) => void) {
    this.#onChange = onChange;
  }

  get isPlaying(): boolean {
    return this.#queue.length > 0;
  }

  /** @param sound in Base64 */
  play(itemId: string, contentIndex: number, sound: string): void {
    if (itemId === this.#interrupted) return;
    const samples = fromBase64(sound);
    if (samples.length === 0) return;
    if (itemId !== this.#item.itemId) {
      this.#item = { itemId, contentIndex };
      this.#playedS = 0;
    }
    const buffer = this.#context.createBuffer(1, samples.length, sampleRate);
    buffer.copyToChannel(samples, 0);
    const node = this.#context.createBufferSource();
    node.buffer = buffer;
    node.connect(this.#context.destination);
    const startsAt = Math.max(this.#context.currentTime, this.#queue.at(-1)?.endsAt ?? 0);
    const queued = { node, startsAt, endsAt: startsAt + buffer.duration };
    node.onended = () => this.#ended(queued, itemId);
    node.start(startsAt);
    this.#queue.push(queued);
    if (this.#queue.length === 1) this.#onChange(true);
  }

  #ended(queued: Queued, itemId: string): void {
    const before = this.#queue.length;
    this.#queue = this.#queue.filter((each) => each !== queued);
    if (this.#queue.length === before) return;
    if (itemId === this.#item.itemId) this.#playedS += queued.endsAt - queued.startsAt;
    if (!this.isPlaying) this.#onChange(false);
  }

  /**
   * Falls silent.
   * @returns what was heard of the item that was playing; undefined = nothing was
   */
  interrupt(): Heard | undefined {
    if (!this.isPlaying) return undefined;
    const now = this.#context.currentTime;
    const running = this.#queue.reduce(
      (sum, { startsAt, endsAt }) => sum + Math.max(0, Math.min(now, endsAt) - startsAt),
      0,
    );
    for (const { node } of this.#queue) node.stop();
    this.#queue = [];
    this.#interrupted = this.#item.itemId;
    this.#onChange(false);
    return { ...this.#item, ms: Math.floor((this.#playedS + running) * 1000) };
  }

  close(): void {
    for (const { node } of this.#queue) node.onended = null;
    this.#queue = [];
    void this.#context.close();
  }
}
