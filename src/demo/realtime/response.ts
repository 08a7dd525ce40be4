/** One response of a demo session: its deltas at a pace, until it is complete, cancelled or at its limit. */
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Fields } from '../fields.ts';
import { splitTokens } from '../tokens.ts';
import { bytesPerMs, tone } from './voice.ts';

/** Tokens of text and of sound. */
export interface Read {
  readonly text: number;
  readonly audio: number;
}

export interface DemoResponseParts {
  readonly id: string;
  readonly itemId: string;
  readonly isAside: boolean;
  /** What the user said, to be repeated. */
  readonly text: string;
  /** The user's sound, to be repeated; undefined = the answer is text. */
  readonly sound: Buffer | undefined;
  readonly input: Read;
  /** What earlier responses have read already. */
  readonly cached: Read;
  readonly tokensMax: number;
  readonly metadata: unknown;
  readonly send: (event: Fields) => void;
  readonly clock: Pick<Clock, 'after'>;
  readonly chunkMs: number;
  /** @param output tokens of it */
  readonly onEnd: (output: Read) => void;
}

interface Delta {
  readonly event: Fields;
  readonly text: number;
  readonly audio: number;
}

/** Sound in one delta, and in one token. */
const msPerDelta = 200;
const msPerToken = 50;
const toneMs = 600;

export class DemoResponse {
  readonly isAside: boolean;
  readonly input: Read;
  readonly #parts: DemoResponseParts;
  #output: Read = { text: 0, audio: 0 };
  #timer: Timer | undefined;
  #isOver = false;

  constructor(parts: DemoResponseParts) {
    this.#parts = parts;
    this.isAside = parts.isAside;
    this.input = parts.input;
  }

  get #place(): Fields {
    const { id, itemId } = this.#parts;
    return { response_id: id, item_id: itemId, output_index: 0, content_index: 0 };
  }

  run(): void {
    const { send, id, itemId, sound } = this.#parts;
    send({ type: 'response.created', response: this.#shown('in_progress', null) });
    const item = { id: itemId, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    send({ type: 'response.output_item.added', response_id: id, output_index: 0, item });
    const part = sound ? { type: 'audio', transcript: '' } : { type: 'text', text: '' };
    send({ type: 'response.content_part.added', ...this.#place, part });
    this.#next(this.#deltas());
  }

  *#deltas(): Generator<Delta> {
    const { text, sound } = this.#parts;
    const spoken = `You said: "${text}".`;
    const type = sound ? 'response.output_audio_transcript.delta' : 'response.output_text.delta';
    for (const piece of splitTokens(spoken)) {
      yield { event: { type, delta: piece.text }, text: piece.tokens, audio: 0 };
    }
    if (!sound) return;
    const played = sound.length > 0 ? sound : tone(toneMs);
    const bytes = msPerDelta * bytesPerMs;
    for (let from = 0; from < played.length; from += bytes) {
      const piece = played.subarray(from, from + bytes);
      const event = { type: 'response.output_audio.delta', delta: piece.toString('base64') };
      yield { event, text: 0, audio: Math.ceil(piece.length / bytesPerMs / msPerToken) };
    }
  }

  #next(deltas: Generator<Delta>): void {
    if (this.#isOver) return;
    const { value: delta } = deltas.next();
    if (!delta) {
      this.#end('completed', null);
      return;
    }
    const output = { text: this.#output.text + delta.text, audio: this.#output.audio + delta.audio };
    const { tokensMax, send, clock, chunkMs } = this.#parts;
    if (output.text + output.audio > tokensMax) {
      this.#end('incomplete', { type: 'incomplete', reason: 'max_output_tokens' });
      return;
    }
    this.#output = output;
    send({ ...this.#place, ...delta.event });
    this.#timer = clock.after(chunkMs, () => this.#next(deltas));
  }

  cancel(reason: string): void {
    this.#end('cancelled', { type: 'cancelled', reason });
  }

  /** Says nothing more. */
  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  #end(status: string, details: Fields | null): void {
    if (this.#isOver) return;
    this.stop();
    const { send, id, itemId, onEnd } = this.#parts;
    const item = { id: itemId, type: 'message', role: 'assistant', status, content: [] };
    send({ type: 'response.output_item.done', response_id: id, output_index: 0, item });
    onEnd(this.#output);
    send({ type: 'response.done', response: { ...this.#shown(status, details), usage: this.#usage() } });
  }

  #shown(status: string, status_details: Fields | null): Fields {
    const { id, metadata } = this.#parts;
    return { object: 'realtime.response', id, status, status_details, output: [], metadata, usage: null };
  }

  #usage(): Fields {
    const { input, cached } = this.#parts;
    const output = this.#output;
    const cachedText = Math.min(cached.text, input.text);
    const cachedAudio = Math.min(cached.audio, input.audio);
    const [input_tokens, output_tokens] = [input.text + input.audio, output.text + output.audio];
    return {
      total_tokens: input_tokens + output_tokens,
      input_tokens,
      output_tokens,
      input_token_details: {
        text_tokens: input.text,
        audio_tokens: input.audio,
        image_tokens: 0,
        cached_tokens: cachedText + cachedAudio,
        cached_tokens_details: { text_tokens: cachedText, audio_tokens: cachedAudio, image_tokens: 0 },
      },
      output_token_details: { text_tokens: output.text, audio_tokens: output.audio },
    };
  }
}
