/** Reads the usage out of a stream of server-sent events as it passes. */
import { limits } from '../../platform/limits.ts';
import { Piece } from '../events/piece.ts';
import { parseEvent } from '../events/server-sent-event.ts';
import type { JsonObject, ResponseReport } from '../protocol.ts';
import { KeptJson } from './kept-json.ts';
import { OutputText } from './output-text.ts';
import type { Kept } from './recent-bytes.ts';
import { ToolCallSum } from './tool-calls.ts';
import type { Output, UsageReader } from './usage-reader.ts';
import { asObject, idAtStart, parseOr, readFromEnd, type UsageShape } from './usage-shape.ts';
import { UsageSum } from './usage-sum.ts';

const none: Buffer = Buffer.alloc(0);
/** As many hold the id, in most streams: so many are kept of the first pieces. */
const startBytes = 128;

function joined(first: Buffer, second: Buffer): Buffer {
  return first.length === 0 ? second : Buffer.concat([first, second]);
}

function jsonOf(event: Buffer): JsonObject | undefined {
  return asObject(parseOr(parseEvent(event, 'latin1').data ?? ''));
}

/** Events that may hold a report are kept up to this many, then read; most streams have one or two. */
const eventsKeptMax = 16;
/** A longer one, which may be an image, is read at once so that it is not held. */
const eventKeptBytesMax = 8192;

/**
 * A piece costs one native search; events are parsed only where the needle was found, and most of those only if no
 * newer one reports enough. An event that comes in parts is put together, up to `bytesMax`; of a longer one the end is
 * searched for the report.
 */
export class SseUsageReader implements UsageReader {
  readonly #shape: UsageShape;
  /** The event that comes in parts. */
  readonly #long: KeptJson;
  readonly #output: OutputText;
  #first: Buffer = none;
  #events: Kept[] = [];
  #sum: UsageSum;
  readonly #toolCalls = new ToolCallSum();
  start: Buffer | undefined;

  constructor(shape: UsageShape, bytesMax: number = limits.usage_scan_bytes_max) {
    this.#shape = shape;
    this.#long = new KeptJson(bytesMax);
    this.#output = new OutputText(shape, bytesMax);
    this.#sum = new UsageSum(shape);
  }

  push(piece: Piece): void {
    if (this.#first.length < startBytes) this.#first = joined(this.#first, piece.bytes);
    if (piece.extent === 'events') this.#read(piece);
    else {
      this.#long.push(piece.bytes);
      if (piece.extent === 'last') this.#closeLong();
    }
  }

  finish(): ResponseReport {
    this.#closeLong();
    this.#readKept();
    const usage = this.#sum.total();
    const outputMissing = usage !== undefined && !this.#sum.hasOutput && this.#mayHaveOutput();
    if (usage && !outputMissing) this.#output.drop();
    const { id: responseId = idAtStart(this.#shape, this.#first), tier = '' } = this.#sum.reported ?? {};
    this.start = this.#first;
    this.#first = none;
    return { usage, outputMissing, responseId, tier, toolCalls: this.#toolCalls.total() };
  }

  output(): Output {
    return this.#output.take();
  }

  /** A reported 0 beside output is no report. */
  #mayHaveOutput(): boolean {
    return this.#sum.reported?.outputTokens !== 0 || this.#output.some;
  }

  #read(piece: Piece): void {
    this.#output.push(piece);
    for (const { start, end } of piece.eventsWith(this.#shape.needle)) {
      this.#keep({ bytes: piece.bytes.subarray(start, end), whole: true });
    }
    const { toolCalls } = this.#shape;
    if (!toolCalls) return;
    for (const { start, end } of piece.eventsWith(toolCalls.needle)) {
      const event = jsonOf(piece.bytes.subarray(start, end));
      if (event) this.#toolCalls.add(toolCalls.read(event));
    }
  }

  #closeLong(): void {
    if (this.#long.length === 0) return;
    const event = this.#long.take();
    if (event.whole) this.#read(new Piece(event.bytes, 'events'));
    else if (event.bytes.includes(this.#shape.needle)) this.#keep(event);
  }

  #keep(event: Kept): void {
    this.#events.push(event);
    if (this.#events.length >= eventsKeptMax || event.bytes.length > eventKeptBytesMax) this.#readKept();
  }

  /** Reads the kept events, newest first; whatever they report is newer than what was read before. */
  #readKept(): void {
    const older = this.#sum.reported;
    this.#sum = new UsageSum(this.#shape);
    for (const event of this.#events.toReversed()) {
      if (this.#sum.complete) break;
      this.#readEvent(event);
    }
    this.#events = [];
    this.#sum.addOlder(older);
  }

  #readEvent({ bytes, whole }: Kept): void {
    if (!whole) this.#sum.addOlder(readFromEnd(this.#shape, bytes, this.#shape.eventDepth));
    else {
      const event = jsonOf(bytes);
      if (event) this.#sum.addOlder(this.#shape.read(event));
    }
  }
}
