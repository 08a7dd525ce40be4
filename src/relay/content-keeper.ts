/** Stores the sealed beginning of prompt and response, for keys with content logging. */
import { seal } from '../domain/seal.ts';
import { contentContext } from '../domain/seal-contexts.ts';
import type { SecretRing } from '../domain/secret-ring.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { RecordContent } from '../store/ledger-store.ts';

export interface ContentOptions {
  readonly secrets: SecretRing;
  readonly random: RandomBytes;
  readonly clock: Clock;
}

const secondsPerDay = 86_400;

export class ContentKeeper {
  readonly #options: ContentOptions;
  readonly #requestId: string;
  readonly #days: number;
  #request = '';
  readonly #response: Buffer[] = [];
  #responseBytes = 0;

  constructor(options: ContentOptions, requestId: string, days: number) {
    this.#options = options;
    this.#requestId = requestId;
    this.#days = days;
  }

  /** @param segments the body, in order */
  request(segments: readonly Buffer[]): void {
    const room = limits.content_bytes_max;
    this.#request = Buffer.concat(
      segments.map((each) => each.subarray(0, room)).slice(0, room),
      room,
    ).toString('utf8');
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
