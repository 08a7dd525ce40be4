/** The body of a model request as the relay uses it, whichever thread parsed it. */

import { noPieces, noToolCalls } from '../domain/usage.ts';
import { type Body, joined } from '../http/body-pieces.ts';
import type { JsonStructure } from '../http/json-structure.ts';
import type { WrittenForm } from '../http/multipart/form-writer.ts';
import type { Operation, UpstreamCall } from '../operations/operation.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { mayNameLifetime } from '../protocols/client/cache-lifetime.ts';
import type { OutputLimit } from '../protocols/client/output-limit.ts';
import { type StoredState, storedState } from '../protocols/client/stored-state.ts';
import type { ByteEdit, Span } from '../protocols/json-bytes.ts';
import type { BodyBound, JsonObject, RequestText, ResponseForm } from '../protocols/protocol.ts';
import { foreignReasoning } from '../protocols/translate/foreign-reasoning.ts';
import type { TranslationNotes, TranslationOptions } from '../protocols/translate/translator.ts';
import { hasDistinctNames, type ModelBody, modelsIn, readModelBody } from './body-model.ts';

export interface RequestBody extends Body {
  readonly model: string;
  /** Further models that the upstream may answer with. */
  readonly otherModels: readonly string[];
  readonly form: ResponseForm;
  /** The body, for counting its tokens later; undefined where it is too large to keep. */
  readonly countable: Buffer | undefined;
  bound(): BodyBound;
  /** Whether each name at the top level occurs once. */
  hasDistinctNames(): boolean;
  /** Undefined where its operation knows no stored state. @throws HalleyError('invalid_body') */
  stored(): StoredState | undefined;
  /** Undefined where it was not requested. */
  text(): RequestText | undefined;
  /** The conversation that it belongs to, by its body; undefined = none that an upstream could cache. */
  conversation(): string | undefined;
  /** The position of the model's value; undefined when the body names none. */
  modelPlace(): Span | undefined;
  /** As of `RequestReading.outputLimit`. Undefined also where no reservation was to be expected. */
  outputLimit(): OutputLimit | undefined;
  /** Of a body that is a form: all of it, with this model in it. */
  upload?(model: string): WrittenForm;
  /** As of `UpstreamCall.askForUsage`. */
  usageEdits(call: UpstreamCall): readonly ByteEdit[] | undefined;
  /** Edits that leave out reasoning of other providers, for a call without a translator. */
  reasoningEdits(call: UpstreamCall): readonly ByteEdit[];
  /**
   * The body in the upstream's protocol.
   * @param call one of the operation's, with a translator
   * @throws HalleyError as `Translator.request` and `BodyReader.read` do
   */
  translated(call: UpstreamCall, model: string, options: TranslationOptions): Promise<TranslatedBody>;
}

export interface TranslatedBody extends TranslationNotes {
  readonly bytes: Buffer;
}

/** What another thread needs to parse a body. */
export interface BodyOrder extends Body {
  /** Of the request, raw: they determine the operation. */
  readonly path: string;
  readonly query: string;
  /** Whether its cost may be reserved, which takes its text and its output limit. */
  readonly reserves: boolean;
}

/** Parses bodies that would block the event loop. */
export interface BodyReader {
  /**
   * @param isWanted called when its turn comes; an unwanted body is not parsed
   * @throws HalleyError as `parseRequestBody` does; `bodies_full` when too many wait
   */
  read(order: BodyOrder, isWanted: () => boolean): Promise<RequestBody>;
}

/** Whether a body is small and simple enough to be parsed on the event loop. */
export function isReadInline({ length }: Body, { names, values }: JsonStructure): boolean {
  return (
    length <= limits.inline_json_bytes_max &&
    names <= limits.inline_json_names_max &&
    values <= limits.inline_json_values_max
  );
}

/**
 * Parses the body and finds its model. It checks nothing else yet.
 * @throws HalleyError as `readModelBody` does; `model_missing`
 */
export function parseRequestBody(body: Body, operation: Operation): UnreadBody {
  const read = readModelBody(joined(body), operation.modelDefault);
  const model = operation.modelInPath ?? read.model;
  if (model === undefined) throw new HalleyError('model_missing', { param: 'model' });
  return new ParsedBody(read, model, operation);
}

/** For a request that was not opened. */
export const noBound: BodyBound = {
  inputTokens: 0,
  mediaTokens: 0,
  outputTokens: undefined,
  choices: 1,
  pieces: noPieces,
  tiers: [],
  toolCalls: noToolCalls,
  longCacheWrites: false,
};

/** What a request may use at most. */
export function boundOf(operation: Pick<Operation, 'bound'>, json: JsonObject, bytes: Buffer): BodyBound {
  return { ...operation.bound(json, bytes.length), longCacheWrites: mayNameLifetime(bytes) };
}

/** A body of which only the model is known yet. */
export interface UnreadBody {
  readonly model: string;
  /** @throws HalleyError('invalid_body'), `field_missing` */
  read(): RequestBody;
}

/** @throws HalleyError as `Translator.request` does */
export function translateBody(
  json: JsonObject,
  operation: Pick<Operation, 'responseForm'>,
  { translator }: UpstreamCall,
  model: string,
  options: TranslationOptions,
): TranslatedBody {
  if (!translator) throw new HalleyError('internal_error', { log: 'a call without a translator' });
  const { body, ...notes } = translator.request(json, model, operation.responseForm(json), options);
  return { bytes: Buffer.from(JSON.stringify(body)), ...notes };
}

/** A body that this thread has parsed. */
class ParsedBody implements UnreadBody {
  readonly model: string;
  readonly #read: ModelBody;
  readonly #operation: Operation;

  constructor(read: ModelBody, model: string, operation: Operation) {
    this.#read = read;
    this.model = model;
    this.#operation = operation;
  }

  read(): RequestBody {
    const { bytes, json } = this.#read;
    const otherModels = modelsIn(json);
    this.#operation.checkBody(json);
    return new InlineBody(this.#read, this.#operation, {
      model: this.model,
      otherModels,
      form: this.#operation.responseForm(json),
      segments: [bytes],
      length: bytes.length,
    });
  }
}

type InlineFields = Pick<RequestBody, 'model' | 'otherModels' | 'form' | 'segments' | 'length'>;

class InlineBody implements RequestBody {
  readonly model: string;
  readonly otherModels: readonly string[];
  readonly form: ResponseForm;
  readonly segments: RequestBody['segments'];
  readonly length: number;
  readonly #json: JsonObject;
  readonly #read: ModelBody;
  readonly #operation: Operation;

  constructor(read: ModelBody, operation: Operation, fields: InlineFields) {
    this.#read = read;
    this.#json = read.json;
    this.#operation = operation;
    this.model = fields.model;
    this.otherModels = fields.otherModels;
    this.form = fields.form;
    this.segments = fields.segments;
    this.length = fields.length;
  }

  get countable(): Buffer | undefined {
    return this.length > limits.counted_body_bytes_max ? undefined : this.#read.bytes;
  }

  bound(): BodyBound {
    return boundOf(this.#operation, this.#json, this.#read.bytes);
  }

  hasDistinctNames(): boolean {
    return hasDistinctNames(this.#json, this.#read.bytes);
  }

  stored(): StoredState | undefined {
    return this.#operation.stored && storedState(this.#json, () => this.hasDistinctNames());
  }

  text(): RequestText {
    return this.#operation.text(this.#json);
  }

  conversation(): string | undefined {
    return this.#operation.conversation?.(this.#json, this.length);
  }

  modelPlace(): Span | undefined {
    return this.#read.modelPlace();
  }

  outputLimit(): OutputLimit | undefined {
    return this.#operation.outputLimit?.(this.#json, this.#read.bytes);
  }

  usageEdits({ askForUsage }: UpstreamCall): readonly ByteEdit[] | undefined {
    return askForUsage?.(this.#json, this.#read.bytes);
  }

  reasoningEdits({ reasoning }: UpstreamCall): readonly ByteEdit[] {
    return reasoning ? foreignReasoning(reasoning, this.#json, this.#read.bytes) : [];
  }

  async translated(call: UpstreamCall, model: string, options: TranslationOptions): Promise<TranslatedBody> {
    return translateBody(this.#json, this.#operation, call, model, options);
  }
}
