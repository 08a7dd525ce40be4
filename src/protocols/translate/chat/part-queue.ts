/**
 * Puts the parts of a response one after the other. Chat completions tell parallel calls apart by index and may
 * interleave them, and nothing says that a call is over before the response is: what begins after a call waits.
 */
import { limits } from '../../../platform/limits.ts';
import type { PartDeltaEvent, PartEndEvent, PartStartEvent, ResponseEvent } from '../form/response.ts';

type PartHead = PartStartEvent['part'];
type PartTail = Omit<PartEndEvent, 'type' | 'index' | 'choice'>;
type Delta = Pick<PartDeltaEvent, 'text' | 'logprobs'>;
type TextKind = 'text' | 'refusal' | 'reasoning';

export interface CallDelta {
  /** Of the call among the calls; undefined where the upstream gives none. */
  readonly key: number | undefined;
  /** '' = not in this delta. */
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly tail: PartTail;
}

interface OpenPart {
  head: PartHead;
  tail: PartTail;
  readonly key: number | undefined;
  /** What has come and is not sent yet. */
  readonly waiting: Delta[];
  /** Whether anything has come, sent or not. */
  isEmpty: boolean;
  isBegun: boolean;
  isOver: boolean;
}

export class PartQueue {
  /** Of calls without one. */
  readonly #idOf: (call: number) => string;
  readonly #choice: number;
  /** In order; only the first one is sent while it arrives. */
  #open: OpenPart[] = [];
  #events: ResponseEvent[] = [];
  #index = 0;
  #calls = 0;
  /** Of all parts. */
  #chars = 0;

  /** @param idOf makes an id for a call by its number */
  constructor(idOf: (call: number) => string, choice: number) {
    this.#idOf = idOf;
    this.#choice = choice;
  }

  /** The calls that have begun. */
  get calls(): number {
    return this.#calls;
  }

  /** The part that is open and last, by kind. */
  get lastKind(): PartHead['kind'] | undefined {
    return this.#last()?.head.kind;
  }

  /** Goes on with the last part if it is one of this kind, else begins one. */
  text(kind: TextKind, text: string, logprobs?: PartDeltaEvent['logprobs']): void {
    const last = this.#last();
    const part = last?.head.kind === kind ? last : this.#begin({ kind }, undefined);
    this.#append(part, { text, ...(logprobs && { logprobs }) });
  }

  /** A part that is there at once. */
  whole(head: PartHead, text: string, tail: PartTail = {}): void {
    const part = this.#begin(head, undefined);
    this.#append(part, { text });
    part.tail = tail;
    part.isOver = true;
    this.#advance();
  }

  call(delta: CallDelta): void {
    const part = this.#callOf(delta) ?? this.#beginCall(delta);
    if (part.head.kind === 'tool-call' && !part.isBegun) {
      const { id, name } = part.head;
      part.head = { kind: 'tool-call', id: id || delta.id, name: name || delta.name };
    }
    part.tail = { ...part.tail, ...delta.tail };
    this.#append(part, { text: delta.arguments });
  }

  /** Adds to the end of the last part. */
  tail(tail: PartTail): void {
    const last = this.#last();
    if (last) last.tail = { ...last.tail, ...tail };
  }

  /** Ends the last part unless it is a call. */
  endLast(): void {
    const last = this.#last();
    if (last && last.head.kind !== 'tool-call') last.isOver = true;
    this.#advance();
  }

  /** Ends all parts. */
  finish(): void {
    for (const part of this.#open) {
      part.isOver = true;
      // What has no arguments has an object without members: clients parse them.
      if (part.head.kind === 'tool-call' && part.isEmpty) this.#append(part, { text: '{}' });
    }
    this.#advance();
  }

  /** The events since the last time. */
  take(): ResponseEvent[] {
    const events = this.#events;
    this.#events = [];
    if (this.#choice === 0) return events;
    return events.map((event) => ({ ...event, choice: this.#choice }));
  }

  #last(): OpenPart | undefined {
    const last = this.#open.at(-1);
    return last?.isOver ? undefined : last;
  }

  /** Some upstreams give all calls one index: another id begins another call. */
  #callOf({ key, id }: CallDelta): OpenPart | undefined {
    const found = this.#open.findLast(
      ({ head, key: own }) => head.kind === 'tool-call' && (key === undefined || own === key),
    );
    if (found?.head.kind !== 'tool-call' || found.isOver) return undefined;
    return id === '' || found.head.id === '' || found.head.id === id ? found : undefined;
  }

  #beginCall({ key, id, name }: CallDelta): OpenPart {
    this.#calls += 1;
    return this.#begin({ kind: 'tool-call', id, name }, key);
  }

  #begin(head: PartHead, key: number | undefined): OpenPart {
    this.endLast();
    const part = { head, tail: {}, key, waiting: [], isEmpty: true, isBegun: false, isOver: false };
    this.#open.push(part);
    return part;
  }

  #append(part: OpenPart, delta: Delta): void {
    // More makes the response fail once it is sent on.
    const isHeld = this.#chars <= limits.translated_bytes_max;
    if (isHeld && (delta.text !== '' || delta.logprobs)) {
      this.#chars += delta.text.length;
      part.isEmpty = false;
      part.waiting.push(delta);
    }
    this.#advance();
  }

  #advance(): void {
    for (let first = this.#open[0]; first; first = this.#open[0]) {
      if (!this.#send(first) || !first.isOver) return;
      this.#events.push({ type: 'part-end', index: this.#index, ...first.tail });
      this.#index += 1;
      this.#open.shift();
    }
  }

  /** @returns whether the part has begun: a call begins with its name */
  #send(part: OpenPart): boolean {
    const { head } = part;
    if (head.kind === 'tool-call' && head.name === '' && !part.isOver) return false;
    if (!part.isBegun) this.#events.push({ type: 'part-start', index: this.#index, part: this.#named(head) });
    part.isBegun = true;
    for (const delta of part.waiting.splice(0)) {
      this.#events.push({ type: 'part-delta', index: this.#index, ...delta });
    }
    return true;
  }

  #named(head: PartHead): PartHead {
    if (head.kind !== 'tool-call' || head.id !== '') return head;
    return { ...head, id: this.#idOf(this.#index) };
  }
}
