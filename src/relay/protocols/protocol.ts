/**
 * What the relay must know of a protocol, as data. The relay never asks which protocol it has: each one is a
 * value of this interface and all of them are pure.
 */
import type { Usage } from '../../domain/usage.ts';
import type { HalleyError } from '../../platform/errors.ts';
import type { ProtocolName } from '../../store/store.ts';
import type { ByteEdit } from '../json-bytes.ts';

/** What an answer was seen to hold, once it is over. */
export interface ResponseReport {
  /** As the upstream reported it; undefined = it reported nothing. */
  readonly usage: Usage | undefined;
  /** Whether `usage` lacks the output, since the answer broke off before the report of it. */
  readonly outputMissing: boolean;
  /** The upstream's own id of the answer; '' when none was seen. */
  readonly responseId: string;
}

/** What a request may use at most, read from its body. */
export interface RequestBound {
  /**
   * Input tokens. A byte-level token is at least one byte, so the bytes of the body bound its text; pictures,
   * sounds and files count as `limits.media_tokens` each in place of their bytes.
   */
  readonly inputTokens: number;
  /** The part of them that stands for pictures, sounds and files. */
  readonly mediaTokens: number;
  /** What the client set (`max_tokens` and its kin), for one answer; undefined = it set nothing. */
  readonly outputTokens: number | undefined;
  /** Answers asked for: `n`, `candidateCount`. At least 1. */
  readonly choices: number;
  /** Pictures asked for where they are priced by the piece. */
  readonly images: number;
}

/** The text of a request, for counting its tokens exactly. */
export interface RequestText {
  readonly text: string;
  /** Tokens that the text does not show: framing of messages, pictures, sounds and files. */
  readonly extraTokens: number;
}

/**
 * Decides which bytes of an answer the client may have before its record is durable. It keeps back the end of
 * the answer, so that nobody holds a whole answer that is on no record; and it takes out what the client did
 * not ask for. What looks like an end but is not is only late by one piece.
 */
export interface TailHold {
  /** @returns what may go out now; undefined = nothing. Never keeps more than `limits.gate_bytes_max` back */
  push(piece: Buffer): Buffer | undefined;
  /** What is kept back, given away: for when the record is durable. */
  flush(): Buffer | undefined;
  /** Whether the upstream has said that the answer is complete; the connection may end later. */
  readonly ended: boolean;
}

/** How an answer is framed: one JSON text, server-sent events, or a JSON array sent piece by piece. */
export type ResponseForm = 'json' | 'sse' | 'json-array';

/** The request body once parsed; `undefined` for a request without one. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One model endpoint as matched by a method and a path. */
export interface Operation {
  readonly protocol: Protocol;
  /** Stable name for logs and metrics, such as `chat.completions`. */
  readonly name: string;
  /** The model when the path carries it, already percent-decoded. */
  readonly modelInPath: string | undefined;
  /** What upstreams serve well or badly together, for their health; undefined = auxiliary: it counts for nothing. */
  readonly kind: 'generate' | 'embed' | 'images' | undefined;
  /** Whether its usage is charged (counting tokens is free). */
  readonly charged: boolean;
  /** Path and query for the upstream; never holds the caller's key. Begins with a slash. */
  upstreamPath(model: string): string;
  /** @throws HalleyError('invalid_body') when a field that the operation cannot do without is missing */
  checkBody(body: JsonObject): void;
  responseForm(body: JsonObject): ResponseForm;
  /** @param bodyBytes the length of the body as it came */
  bound(body: JsonObject, bodyBytes: number): RequestBound;
  text(body: JsonObject): RequestText;
  /**
   * Changes of the body by which the upstream reports usage in its stream, where it would not by itself; undefined
   * = nothing to change. The report that the client did not ask for is then taken out by the gate.
   * @param bytes the body as it came
   */
  askForUsage(body: JsonObject, bytes: Buffer): readonly ByteEdit[] | undefined;
  /** @param hideUsage whether the report of usage was asked for by the gateway alone */
  gate(form: ResponseForm, hideUsage: boolean): TailHold;
}

export interface ErrorContext {
  readonly requestId: string;
  /** `cometapi` gives the statuses, types and codes of CometAPI where ours differ. */
  readonly compat: 'none' | 'cometapi';
}

export interface RenderedError {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
}

/** Reads usage out of an answer as it passes. Never throws on any bytes. */
export interface UsageReader {
  /** Must cost little for chunks without usage: one native search, no parsing. */
  push(chunk: Buffer): void;
  /**
   * Call once at the end.
   * @param complete whether the answer came to its own end, which allows a shorter way to the report
   */
  finish(complete: boolean): ResponseReport;
  /**
   * The output so far, for counting its tokens where they are not reported: texts, reasoning and arguments of
   * tool calls, without the JSON around them. Call at most once, after `finish`.
   */
  outputText(): string;
}

export interface Protocol {
  readonly name: ProtocolName;
  /** An error as the whole answer; its text holds the request id. */
  renderError(error: HalleyError, context: ErrorContext): RenderedError;
  /** An error inside an answer that has begun, in the form of that answer; '' when the form has no room. */
  renderBreak(error: HalleyError, form: ResponseForm, context: ErrorContext, anyBytesSent: boolean): string;
  /** Headers that carry the upstream's key. */
  upstreamAuth(key: string): Readonly<Record<string, string>>;
  /** Names (lower case) of request headers that are passed to the upstream besides the general ones. */
  readonly forwardedHeaders: readonly string[];
  usageReader(form: ResponseForm): UsageReader;
  /** Sent to the upstream when the client sends none of that name. */
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /** Where this protocol's clients look for the request id, besides `x-request-id`. */
  readonly requestIdHeader?: string;
}
