/** Stores the sealed beginning of prompt and response, for keys with content logging. */
import { seal } from '../domain/seal.ts';
import { contentContext } from '../domain/seal-contexts.ts';
import type { SecretRing } from '../domain/secret-ring.ts';
import type { RequestTrace } from '../observe/request-trace.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { RecordContent } from '../store/ledger-store.ts';

export interface ContentOptions {
  readonly secrets: SecretRing;
  readonly random: RandomBytes;
  readonly clock: Clock;
}

/** Takes the parts of a response as the client gets them, in order. */
export interface ContentSink {
  response(piece: Buffer): void;
}

/** @returns what gives each piece to both; undefined = neither wants it */
export function bothSinks(one: ContentSink | undefined, other: ContentSink | undefined) {
  if (!one || !other) return one ?? other;
  const both: ContentSink = {
    response: (piece) => {
      one.response(piece);
      other.response(piece);
    },
  };
  return both;
}

/** @returns what takes the response for a trace; undefined = it takes none */
export function tracedContent(
  trace: RequestTrace | undefined,
  segments: readonly Buffer[],
): ContentSink | undefined {
  if (!trace?.takesContent) return undefined;
  trace.request(segments);
  return trace;
}

const secondsPerDay = 86_400;

export class ContentKeeper implements ContentSink {
  readonly #options: ContentOptions;
  readonly #requestId: string;
  readonly #days: number;
  readonly #request: string;
  readonly #response: Buffer[] = [];
  #responseBytes = 0;

  /** @param body in order */
  constructor(options: ContentOptions, requestId: string, days: number, body: readonly Buffer[]) {
    this.#options = options;
    this.#requestId = requestId;
    this.#days = days;
    const room = limits.content_bytes_max;
    const pieces = body.map((each) => each.subarray(0, room));
    this.#request = Buffer.concat(pieces).toString('utf8', 0, room);
  }

  response(piece: Buffer): void {
    const room = limits.content_bytes_max - this.#responseBytes;
    if (room <= 0) return;
    this.#response.push(piece.subarray(0, room));
    this.#responseBytes += Math.min(room, piece.length);
  }

  /** A JSON text of both, sealed under the server secret. */
  seal(): RecordContent {
    const { secrets, random, clock } = this.#options;
    const response = Buffer.concat(this.#response).toString('utf8');
    const text = JSON.stringify({ request: this.#request, answer: response });
    return {
      sealed: seal(secrets, random, text, contentContext(this.#requestId)),
      expiresAt: Math.floor(clock.now() / 1000) + this.#days * secondsPerDay,
    };
  }
}
