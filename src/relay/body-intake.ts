/** Reads the body of one model request within its limits, and parses it here or in the body thread. */
import type { KeyPolicy } from '../access/key-policy.ts';
import { BodyCancel, type BodyPace, readBody } from '../http/body.ts';
import type { BodyBudget, BodyShare } from '../http/body-budget.ts';
import type { Body } from '../http/body-pieces.ts';
import type { Exchange } from '../http/exchange.ts';
import { JsonStructure } from '../http/json-structure.ts';
import type { Operation } from '../operations/operation.ts';
import type { Clock } from '../platform/clock.ts';
import type { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import {
  type BodyReader,
  isReadInline,
  parseRequestBody,
  type RequestBody,
  type UnreadBody,
} from './request-body.ts';

export interface BodyIntakeOptions {
  readonly clock: Clock;
  readonly bodyBytesMax: number;
  readonly bodyPace: BodyPace;
  /** Room for the bodies of all requests. */
  readonly bodies: BodyBudget;
  readonly bodyReader: BodyReader;
}

/** Bounds on the structure of a body before anything parses it. */
const structureLimits = {
  names: limits.model_json_names_max,
  values: limits.model_json_values_max,
  depth: limits.model_json_depth_max,
};

export class BodyIntake {
  readonly #options: BodyIntakeOptions;
  readonly #cancel = new BodyCancel();
  #share: BodyShare | undefined;
  #isElsewhere = false;
  #isReleased = false;

  constructor(options: BodyIntakeOptions) {
    this.#options = options;
  }

  /** @throws HalleyError as `readBody`, `JsonStructure.push`, `parseRequestBody` and `BodyReader.read` do; ClientGone */
  async read(exchange: Exchange, operation: Operation, record: KeyPolicy): Promise<UnreadBody> {
    const { clock, bodyBytesMax, bodyPace, bodies } = this.#options;
    this.#share = bodies.share([`key ${record.keyId}`]);
    const structure = new JsonStructure(structureLimits);
    const body = await readBody(exchange, {
      bytesMax: bodyBytesMax,
      pace: bodyPace,
      clock,
      share: this.#share,
      cancel: this.#cancel,
      ...(!isSmall(exchange) && { inspect: (piece) => structure.push(piece) }),
    });
    if (isReadInline(body, structure)) return parseRequestBody(body, operation);
    const read = await this.#readElsewhere(exchange, body, record);
    return { model: read.model, read: () => read };
  }

  /** The thread holds the body until it has parsed it, even when the request ends meanwhile. */
  async #readElsewhere({ path, query }: Exchange, body: Body, { reserves }: KeyPolicy): Promise<RequestBody> {
    this.#isElsewhere = true;
    try {
      const order = { ...body, path, query, reserves };
      return await this.#options.bodyReader.read(order, () => !this.#isReleased);
    } finally {
      this.#isElsewhere = false;
      if (this.#isReleased) this.release();
    }
  }

  /** Ends the reading with an error, if it is still running. */
  cancel(error: HalleyError): void {
    this.#cancel.cancel(error);
  }

  /** Call when the body is no longer needed. */
  release(): void {
    this.#isReleased = true;
    if (!this.#isElsewhere) this.#share?.release();
  }
}

/** Whether a body is so short that its structure needs no bounds. */
function isSmall({ req }: Exchange): boolean {
  const length = req.headers['content-length'];
  return length !== undefined && Number(length) <= limits.uncounted_json_bytes_max;
}
