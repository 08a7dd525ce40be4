/** Types that the client's side and the upstream's side of a protocol share. */
import type { Pieces, ToolCalls, Usage } from '../domain/usage.ts';

/**
 * Framing of a response: one JSON text, server-sent events, a JSON array sent element by element, or bytes that pass as
 * they come (sound, plain text).
 */
export type ResponseForm = 'json' | 'sse' | 'json-array' | 'bytes';

/** A parsed request body; `undefined` values for missing members. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a finished response held. */
export interface ResponseReport {
  /** As the upstream reported it; undefined = it reported nothing. */
  readonly usage: Usage | undefined;
  /** Whether `usage` lacks the output because the response broke off before the report of it. */
  readonly outputMissing: boolean;
  /** The upstream's own id of the response; '' when it sent none. */
  readonly responseId: string;
  /** The service tier that processed the request, as prices name it; '' = the standard one, or none was reported. */
  readonly tier: string;
  /** What was made, as `variantName` names it; absent = the response does not say. */
  readonly variant?: string;
  /** Calls of hosted tools, which `usage` does not have. */
  readonly toolCalls: ToolCalls;
}

/** The maximum that a request may use, read from its body. */
export interface RequestBound {
  /**
   * Input tokens. A byte-level token is at least one byte, so the bytes of the body bound its text. Images, sounds and
   * files count as `limits.media_tokens` each instead of their bytes.
   */
  readonly inputTokens: number;
  /** The part of them that stands for images, sounds and files. */
  readonly mediaTokens: number;
  /** The limit that the client set (`max_tokens` and equivalents), for one choice; undefined = it set none. */
  readonly outputTokens: number | undefined;
  /** Choices asked for: `n`, `candidateCount`. At least 1. */
  readonly choices: number;
  /** What is priced by the piece. */
  readonly pieces: Pieces;
  /** What is made, as `variantName` names it; absent = it is no matter of the price. */
  readonly variant?: string;
  /** What it is charged by where its response reports nothing; absent = its text is counted. */
  readonly unreported?: {
    readonly usage: Usage;
    /** Whether what is charged by the piece is known exactly. Tokens never are. */
    readonly isExact: boolean;
  };
  /** Service tiers besides the standard one by which it may be processed. */
  readonly tiers: readonly string[];
  /** Calls of the hosted tools that it names, as many as it allows. */
  readonly toolCalls: ToolCalls;
}

/** The bound of a whole body, with what its bytes alone say. */
export interface BodyBound extends RequestBound {
  /** Whether input may be written to a cache that lasts for an hour or longer. */
  readonly longCacheWrites: boolean;
}

/** The text of a request, for counting its tokens exactly. */
export interface RequestText {
  readonly text: string;
  /** Tokens that the text does not show: message framing, images, sounds and files. */
  readonly extraTokens: number;
}
