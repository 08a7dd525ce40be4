/**
 * What the relay must know of a protocol, as data. The relay never asks which protocol it has: each one is a
 * value of this interface and all of them are pure.
 */
import type { HalleyError } from '../../platform/errors.ts';
import type { ProtocolName } from '../../store/store.ts';

/** Tokens as the upstream reports them. Cached and reasoning tokens are parts of input and output. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Whether the output is the reader's estimate, since the answer broke off before its report. */
  readonly estimated: boolean;
}

/** How an answer is framed: one JSON text, server-sent events, or a JSON array sent piece by piece. */
export type AnswerForm = 'json' | 'sse' | 'json-array';

/** The request body once parsed; `undefined` for a request without one. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One model endpoint as matched by a method and a path. */
export interface Operation {
  readonly protocol: Protocol;
  /** Stable name for logs and metrics, such as `chat.completions`. */
  readonly name: string;
  /** The model when the path carries it, already percent-decoded. */
  readonly modelInPath: string | undefined;
  /** Whether its usage is charged (counting tokens is free). */
  readonly charged: boolean;
  /** Path and query for the upstream; never holds the caller's key. Begins with a slash. */
  upstreamPath(model: string): string;
  /** @throws HalleyError('invalid_body') when a field that the operation cannot do without is missing */
  checkBody(body: JsonObject): void;
  answerForm(body: JsonObject): AnswerForm;
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
   * @returns undefined when the upstream reported none (or the answer was not readable)
   */
  finish(complete: boolean): Usage | undefined;
  /** A documented lower bound of output tokens for an answer that broke off before usage was reported. */
  estimatedOutputTokens(): number;
}

export interface Protocol {
  readonly name: ProtocolName;
  /** An error as the whole answer; its text holds the request id. */
  renderError(error: HalleyError, context: ErrorContext): RenderedError;
  /** An error inside an answer that has begun, in the form of that answer; '' when the form has no room. */
  renderBreak(error: HalleyError, form: AnswerForm, context: ErrorContext, anyBytesSent: boolean): string;
  /** Headers that carry the upstream's key. */
  upstreamAuth(key: string): Readonly<Record<string, string>>;
  /** Names (lower case) of request headers that are passed to the upstream besides the general ones. */
  readonly forwardedHeaders: readonly string[];
  usageReader(form: AnswerForm): UsageReader;
  /** Sent to the upstream when the client sends none of that name. */
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /** Where this protocol's clients look for the request id, besides `x-request-id`. */
  readonly requestIdHeader?: string;
}
