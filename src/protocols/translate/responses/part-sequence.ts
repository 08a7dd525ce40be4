/** Puts the parts of an output one after another, whatever the upstream interleaves. Pure. */
import { limits } from '../../../platform/limits.ts';
import type {
  PartDeltaEvent,
  PartEndEvent,
  PartStartEvent,
  ResponseEvent,
  TokenLogprob,
} from '../form/response.ts';

export type PartEnd = Pick<PartEndEvent, 'carried' | 'citations'>;

type Delta = Pick<PartDeltaEvent, 'text' | 'logprobs'>;

/** A part that has begun and not ended. */
export interface OpenPart {
  readonly part: PartStartEvent['part'];
  /** All that it holds so far. */
  text: string;
  /** What of it still waits. */
  readonly waiting: Delta[];
  /** Set once it is over. */
  end: PartEnd | undefined;
}

/** The part that began first goes out as it comes; those after it wait until it is over. */
export class PartSequence {
  readonly #open: OpenPart[] = [];
  #events: ResponseEvent[] = [];
  #index = 0;
  /** Of all parts. */
  #chars = 0;

  begin(part: OpenPart['part']): OpenPart {
    const open: OpenPart = { part, text: '', waiting: [], end: undefined };
    this.#open.push(open);
    if (this.#open.length === 1) this.#start(part);
    return open;
  }

  append(open: OpenPart, text: string, logprobs?: readonly TokenLogprob[]): void {
    // More makes the response fail once it is sent on.
    const isHeld = this.#chars <= limits.translated_bytes_max;
    if (!isHeld || (text === '' && !logprobs) || open.end) return;
    this.#chars += text.length;
    open.text += text;
    open.waiting.push({ text, ...(logprobs && { logprobs }) });
    if (open === this.#open[0]) this.#send(open);
  }

  /**
   * Adds what is missing of a part whose text is now known whole.
   * @param logprobs of the whole, which count where nothing of it has come before
   */
  complete(open: OpenPart, whole: string, logprobs?: readonly TokenLogprob[]): void {
    if (open.text === '') this.append(open, whole, logprobs);
    else if (whole.startsWith(open.text)) this.append(open, whole.slice(open.text.length));
  }

  end(open: OpenPart, end: PartEnd = {}): void {
    open.end ??= end;
    for (let first = this.#open[0]; first?.end; first = this.#open[0]) this.#endFirst(first.end);
  }

  /** The events since the last time. */
  take(): readonly ResponseEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #start(part: OpenPart['part']): void {
    this.#events.push({ type: 'part-start', index: this.#index, part });
  }

  #endFirst(end: PartEnd): void {
    this.#events.push({ type: 'part-end', index: this.#index, ...end });
    this.#index += 1;
    this.#open.shift();
    const next = this.#open[0];
    if (!next) return;
    this.#start(next.part);
    this.#send(next);
  }

  #send({ waiting }: OpenPart): void {
    for (const delta of waiting.splice(0)) {
      this.#events.push({ type: 'part-delta', index: this.#index, ...delta });
    }
  }
}
