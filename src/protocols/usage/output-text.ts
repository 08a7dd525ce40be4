/** Extracts the text that a model wrote from a response whose usage was not reported. Pure. */
import type { Piece } from '../events/piece.ts';
import { parseEvent } from '../events/server-sent-event.ts';
import { imagesIn, splitDataUris } from './embedded-media.ts';
import type { Output } from './usage-reader.ts';
import { asObject, parseOr, type UsageShape } from './usage-shape.ts';

/** What is kept of a stream as it came: most end before it is passed, with a report, and are never looked at. */
const rawBytesMax = 65_536;
const rawPiecesMax = 1024;
const largeBytes = 16_384;
/** A stream that begins with so many events that are no JSON is not read for texts. */
const unreadableMax = 100;

/**
 * The output of a stream of server-sent events. Pieces are kept as they are, and only when they are many are
 * their texts taken out and the rest let go. Of texts beyond `charsMax` the newest are dropped: what is counted is
 * then less than what was sent.
 */
export class OutputText {
  readonly #shape: UsageShape;
  readonly #charsMax: number;
  #raw: Piece[] = [];
  #rawBytes = 0;
  #texts: string[] = [];
  #chars = 0;
  #images = 0;
  /** Events that are no JSON. */
  #unreadable = 0;

  /** @param charsMax bounds the text, in UTF-16 units */
  constructor(shape: UsageShape, charsMax: number) {
    this.#shape = shape;
    this.#charsMax = charsMax;
  }

  /** @param piece whole events; the last may have broken off */
  push(piece: Piece): void {
    if (this.#isFull) return;
    const { length } = piece.bytes;
    this.#rawBytes += length;
    this.#raw.push(piece);
    // Large pieces are not kept at all: held for a while, they would outlive the young generation of the heap.
    if (length > largeBytes || this.#rawBytes > rawBytesMax || this.#raw.length > rawPiecesMax)
      this.#extract();
  }

  /** Lets go of everything. */
  drop(): void {
    this.#raw = [];
    this.#rawBytes = 0;
    this.#texts = [];
    this.#chars = 0;
    this.#images = 0;
  }

  /** Whether there is any output. */
  get some(): boolean {
    this.#extract();
    return this.#chars > 0 || this.#images > 0;
  }

  /** The output so far, given away; an event that broke off counts as far as it can be read. */
  take(): Output {
    this.#extract();
    const { text, images } = splitDataUris(this.#texts.join(''));
    const output = { text, images: images + this.#images };
    this.drop();
    return output;
  }

  /** Whether what comes is not looked at: there is enough, or it is no stream of this protocol. */
  get #isFull(): boolean {
    return this.#chars >= this.#charsMax || (this.#chars === 0 && this.#unreadable >= unreadableMax);
  }

  #extract(): void {
    for (const piece of this.#raw) for (const event of piece.events()) this.#readEvent(event);
    this.#raw = [];
    this.#rawBytes = 0;
    if (this.#texts.length > 1) this.#texts = [this.#texts.join('')];
  }

  #readEvent(bytes: Buffer): void {
    if (this.#isFull) return;
    const { data } = parseEvent(bytes);
    if (data === undefined) return;
    const event = parseOr(data);
    this.#images += imagesIn(data);
    const texts: string[] = [];
    const object = asObject(event);
    if (object) this.#shape.addTexts(object, texts);
    else if (event === undefined) {
      this.#unreadable += 1;
      texts.push(readableTexts(data));
    }
    for (const text of texts) {
      const kept = text.slice(0, this.#charsMax - this.#chars);
      this.#texts.push(kept);
      this.#chars += kept.length;
    }
  }
}

/** The output of a response in JSON; of one that is broken, what can be read. */
export function outputOfJson(shape: UsageShape, bytes: Buffer): Output {
  const json = bytes.toString('utf8');
  const { text, images } = splitDataUris(textsOfJson(shape, json));
  return { text, images: images + imagesIn(json) };
}

function textsOfJson(shape: UsageShape, json: string): string {
  const parsed = parseOr(json);
  if (parsed === undefined) return readableTexts(json);
  const texts: string[] = [];
  for (const response of Array.isArray(parsed) ? parsed : [parsed]) {
    const object = asObject(response);
    if (object) shape.addTexts(object, texts);
  }
  return texts.join('');
}

/** Keys whose strings are output in one of the protocols. */
const outputStrings =
  /"(?:content|text|thinking|reasoning|reasoning_content|refusal|arguments|partial_json|delta|transcript)"\s*:\s*"/g;

/** The output strings in JSON that is broken, the last of them as far as it goes. */
function readableTexts(json: string): string {
  const texts: string[] = [];
  const pattern = new RegExp(outputStrings);
  for (let found = pattern.exec(json); found; found = pattern.exec(json)) {
    const start = pattern.lastIndex;
    const end = endOfString(json, start);
    texts.push(unescaped(json.slice(start, end)));
    pattern.lastIndex = end;
  }
  return texts.join('');
}

/** @returns the index of the quote that ends the string which begins at `start`, or the length */
function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start); at !== -1; at = json.indexOf('"', at + 1)) {
    let first = at;
    while (first > start && json[first - 1] === '\\') first--;
    if ((at - first) % 2 === 0) return at;
  }
  return json.length;
}

/** A JSON string's text; where it broke off within an escape, without that. */
function unescaped(inner: string): string {
  const parsed = parseOr(`"${inner}"`) ?? parseOr(`"${inner.replace(/\\(?:u[\da-fA-F]{0,3})?$/, '')}"`);
  return typeof parsed === 'string' ? parsed : inner;
}
