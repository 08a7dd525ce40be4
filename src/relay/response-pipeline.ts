/**
 * Passes an upstream's response to the client: detects refusals, reads usage, masks credentials, translates, keeps
 * content, and holds the end back.
 */

import type { Operation, UpstreamCall } from '../operations/operation.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import { EventSplitter } from '../protocols/events/event-splitter.ts';
import type { TailHold } from '../protocols/events/hold.ts';
import { Piece } from '../protocols/events/piece.ts';
import type { ResponseForm, ResponseReport } from '../protocols/protocol.ts';
import type { ErrorEvent } from '../protocols/translate/form/response.ts';
import type { ResponseTranslation } from '../protocols/translate/translator.ts';
import {
  type NoResponse,
  type ResponseStart,
  responseStart,
  type StartVerdict,
} from '../protocols/upstream/response-start.ts';
import { RecentBytes } from '../protocols/usage/recent-bytes.ts';
import {
  hasOutput,
  noOutput,
  noReport,
  type Output,
  type UsageReader,
} from '../protocols/usage/usage-reader.ts';
import type { SecretMask } from '../upstreams/secret-mask.ts';
import type { ContentSink } from './content-keeper.ts';
import { errorMask, errorWord, type PieceFilter, WholeMask } from './error-mask.ts';
import { unpacked } from './unpack.ts';

export interface PipelineOptions {
  readonly operation: Operation;
  readonly call: UpstreamCall;
  /** Of the upstream's response. */
  readonly form: ResponseForm;
  readonly clientForm: ResponseForm;
  /** Undefined = the bytes pass untouched. */
  readonly translation: ResponseTranslation | undefined;
  /** Whether the status says success. An error response is only masked. */
  readonly success: boolean;
  /** Whether the gateway alone asked for the usage report. */
  readonly hidesUsage: boolean;
  /** The content encoding, although none was requested; undefined = there is none. */
  readonly contentEncoding: string | undefined;
  readonly content: ContentSink | undefined;
  /** What must not appear in an error. */
  readonly secrets: SecretMask;
}

/** A response without output is short, so an error in it comes early. */
const errorSearchBytes = 16_384;
const errorSaid = /"error"\s*:\s*[{"]|"type"\s*:\s*"error"/;

const highestSpace = 0x20;
const noBytes: Buffer = Buffer.alloc(0);

export class ResponsePipeline {
  /** Of the upstream's response. */
  readonly form: ResponseForm;
  readonly clientForm: ResponseForm;
  /** Undefined = the bytes pass untouched. */
  readonly #translation: ResponseTranslation | undefined;
  readonly #usage: UsageReader | undefined;
  readonly #tailHold: TailHold;
  readonly #mask: PieceFilter;
  readonly #content: ContentSink | undefined;
  /** Undefined = the response is no stream of events, or an encoded one. */
  readonly #splitter: EventSplitter | undefined;
  /** What came from the upstream in this turn. */
  readonly #arrived: Buffer[] = [];
  readonly #contentEncoding: string | undefined;
  /** The last bytes of an encoded response. */
  readonly #packed: RecentBytes | undefined;
  /** Undefined once the start is judged, and where there is nothing to judge. */
  #start: ResponseStart | undefined;
  #verdict: StartVerdict;
  /** Pieces that wait for the verdict. */
  #waiting: Piece[] = [];
  #waits = 0;
  #released = false;
  #bytes = 0;
  #errorSeen = false;
  #isUnread = false;
  #output: Output | undefined;

  constructor(options: PipelineOptions) {
    const { operation, call, form, clientForm, success, hidesUsage, contentEncoding, content, secrets } =
      options;
    this.form = form;
    this.clientForm = clientForm;
    this.#translation = options.translation;
    this.#usage = success ? call.usageReader(form) : undefined;
    this.#contentEncoding = contentEncoding;
    this.#packed = contentEncoding === undefined ? undefined : new RecentBytes(limits.usage_scan_bytes_max);
    this.#splitter =
      form === 'sse' && !this.#packed ? new EventSplitter(limits.event_held_bytes_max) : undefined;
    // Of an encoded response only the end can be recognized.
    this.#tailHold = this.#packed
      ? operation.tailHold('json', false)
      : operation.tailHold(clientForm, hidesUsage);
    this.#mask = success ? errorMask(this.#packed ? 'json' : form, secrets) : new WholeMask(secrets);
    this.#content = content;
    this.#start = success ? this.#startOf(form) : undefined;
    this.#verdict = this.#start ? 'undecided' : 'useful';
  }

  /** An encoded stream is not judged: it cannot be read before its end. */
  #startOf(form: ResponseForm): ResponseStart | undefined {
    if (!this.#packed) return responseStart(form);
    return form === 'json' ? new PackedStart(this.#contentEncoding ?? '') : undefined;
  }

  /** @returns whether it is the first piece since `take` */
  push(piece: Buffer): boolean {
    return this.#arrived.push(piece) === 1;
  }

  /**
   * All chunks of one turn as one: many small chunks would each cost a write.
   * @returns what the client may have of it now; undefined = nothing
   */
  take(): Buffer | undefined {
    const [first] = this.#arrived;
    if (!first) return undefined;
    const all = this.#arrived.length === 1 ? first : Buffer.concat(this.#arrived);
    this.#arrived.length = 0;
    if (!this.#splitter) return this.#accept(new Piece(all, 'part'));
    const pieces = this.#splitter.push(all);
    const [only] = pieces;
    // Nearly always: the chunk of a turn holds whole events.
    if (only && pieces.length === 1) return this.#accept(only);
    return joined(pieces.map((piece) => this.#accept(piece)));
  }

  /**
   * Judges a response that is over.
   * @param whole whether it came to its own end
   * @returns what the client may have of it now; undefined = nothing
   */
  close(whole: boolean): Buffer | undefined {
    const taken = this.take();
    const [rest] = this.#splitter?.end() ?? [];
    if (this.#start) return joined([taken, this.#judge(this.#start.end(whole, rest), rest)]);
    return joined([taken, rest && this.#pass(rest)]);
  }

  #accept(piece: Piece): Buffer | undefined {
    return this.#start ? this.#judge(this.#start.push(piece), piece) : this.#pass(piece);
  }

  #judge(verdict: StartVerdict, piece: Piece | undefined): Buffer | undefined {
    this.#verdict = verdict;
    if (piece) this.#waiting.push(piece);
    if (verdict === 'undecided') {
      this.#waits += 1;
      return this.#released ? this.#releasable() : undefined;
    }
    this.#start = undefined;
    // A refusal passes only where the client already has the beginning of the response.
    return verdict === 'useful' || this.#released ? this.#passWaiting() : undefined;
  }

  #passWaiting(): Buffer | undefined {
    const waiting = this.#waiting;
    this.#waiting = [];
    return joined(waiting.map((piece) => this.#pass(piece)));
  }

  #pass(piece: Piece): Buffer | undefined {
    const { bytes } = piece;
    this.#bytes += bytes.length;
    const isLookedAt = !this.#packed && (this.form === 'sse' || this.#bytes <= errorSearchBytes);
    const saysError = isLookedAt && bytes.includes(errorWord);
    if (this.#packed) this.#packed.push(bytes);
    else this.#read(piece, saysError);
    const masked = this.#mask.push(piece, saysError);
    return masked && this.#show(masked);
  }

  /** Translates what the client may see, keeps it where asked for, and holds its end back. */
  #show(masked: Piece): Buffer | undefined {
    if (!this.#translation) return this.#give(masked);
    return this.#giveTranslated(this.#translation.push(masked));
  }

  #giveTranslated(bytes: Buffer | undefined): Buffer | undefined {
    return bytes && this.#give(new Piece(bytes, this.clientForm === 'sse' ? 'events' : 'part'));
  }

  #give(shown: Piece): Buffer | undefined {
    this.#content?.response(shown.bytes);
    return this.#tailHold.push(shown);
  }

  #read(piece: Piece, saysError: boolean): void {
    this.#usage?.push(piece);
    if (!saysError || this.#bytes > errorSearchBytes || this.#errorSeen) return;
    this.#errorSeen = errorSaid.test(piece.bytes.toString('latin1'));
  }

  /** Whether the response is a real one, a refusal, or undecided so far. */
  get verdict(): StartVerdict {
    return this.#verdict;
  }

  /** The refusal that came in place of a response, once known. */
  get refusal(): NoResponse | undefined {
    return typeof this.#verdict === 'object' ? this.#verdict : undefined;
  }

  /** The error by which a translated response ended. */
  get failure(): ErrorEvent | undefined {
    return this.#translation?.failure;
  }

  /**
   * Lets keep-alives through before the verdict, so that the client does not wait in silence.
   * @param headAt when the upstream's head came, in monotonic milliseconds
   * @returns what of them may go out; undefined = nothing
   */
  keepAlives(clock: Pick<Clock, 'monotonic'>, headAt = 0): Buffer | undefined {
    if (this.#verdict !== 'undecided' || this.#waits === 0) return undefined;
    const isLate = clock.monotonic() - headAt >= limits.keep_alive_held_ms;
    if (this.#waits < limits.keep_alives_held_max && !isLate) return undefined;
    this.#released = true;
    return this.#releasable();
  }

  /** Of JSON, only the whitespace before it. */
  #releasable(): Buffer | undefined {
    const isBlank = this.#waiting.every(({ bytes }) => bytes.every((byte) => byte <= highestSpace));
    return this.form === 'sse' || isBlank ? this.#passWaiting() : undefined;
  }

  /** The end that was held back, for when the record is written. */
  flush(): Buffer | undefined {
    const masked = this.#mask.flush();
    const shown = masked && this.#show(masked);
    return joined([shown, this.#giveTranslated(this.#translation?.end()), this.#tailHold.flush()]);
  }

  /** Whether the upstream has said that the response is complete. */
  get ended(): boolean {
    return this.#tailHold.ended;
  }

  /** Call once, at the end. */
  report(complete: boolean): ResponseReport {
    // What the client was not shown is part of the response too.
    this.close(complete);
    const packed = this.#packed?.take();
    const bytes = packed?.whole ? unpacked(packed.bytes, this.#contentEncoding ?? '') : noBytes;
    this.#isUnread = packed !== undefined && bytes.length === 0;
    if (bytes.length > 0) {
      this.#read(new Piece(bytes, this.form === 'sse' ? 'events' : 'part'), bytes.includes(errorWord));
    }
    return this.#usage?.finish(complete) ?? noReport;
  }

  /**
   * Whether the upstream delivered anything chargeable: not before a response begins, and not where it failed
   * before any output. Call after `report`.
   */
  get useful(): boolean {
    if (!this.#usage || this.#verdict !== 'useful' || this.#bytes === 0) return false;
    return !(this.#errorSeen && !hasOutput(this.output()));
  }

  /** The beginning of the response, where it is kept. Call after `report`. */
  get start(): Buffer | undefined {
    return this.#usage?.start;
  }

  /** What the model wrote. Call after `report`. */
  output(): Output {
    this.#output ??= { ...(this.#usage?.output() ?? noOutput), ...(this.#isUnread && { isUnread: true }) };
    return this.#output;
  }
}

function joined(parts: readonly (Buffer | undefined)[]): Buffer | undefined {
  const some = parts.filter((part) => part !== undefined);
  return some.length > 1 ? Buffer.concat(some) : some[0];
}

/** Judges one short encoded JSON text at its end. */
class PackedStart implements ResponseStart {
  readonly #contentEncoding: string;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(contentEncoding: string) {
    this.#contentEncoding = contentEncoding;
  }

  push({ bytes }: Piece): StartVerdict {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    return this.#bytes > limits.response_start_bytes_max ? 'useful' : 'undecided';
  }

  end(whole: boolean): StartVerdict {
    const text = unpacked(Buffer.concat(this.#pieces), this.#contentEncoding);
    if (text.length === 0) return this.#bytes > 0 ? 'useful' : { error: undefined, value: undefined };
    const start = responseStart('json');
    const verdict = start.push(new Piece(text, 'part'));
    return verdict === 'undecided' ? start.end(whole, undefined) : verdict;
  }
}
