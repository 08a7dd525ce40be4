/**
 * Defines a model operation: one kind of model request, as data from which routing, relay, documents and tests
 * derive.
 */

import type { RerankApi } from '../domain/channel-options.ts';
import type { Rates } from '../domain/rates.ts';
import type { OpenaiApi, UpstreamApi } from '../domain/upstream-api.ts';
import type { ClientProtocol } from '../protocols/client/client-protocol.ts';
import type { RequestReading } from '../protocols/client/request-bound.ts';
import type { EndMarks } from '../protocols/events/event-tail-hold.ts';
import type { TailHold } from '../protocols/events/hold.ts';
import type { ByteEdit } from '../protocols/json-bytes.ts';
import type { JsonObject, ResponseForm } from '../protocols/protocol.ts';
import type { CountBody } from '../protocols/translate/counting/count-bodies.ts';
import type { ReasoningPlace } from '../protocols/translate/foreign-reasoning.ts';
import type { CallTranslator } from '../protocols/translate/translator.ts';
import type { UpstreamProtocol } from '../protocols/upstream/upstream-protocol.ts';
import type { UsageReaderFactory } from '../protocols/usage/usage-reader.ts';

/** Operations of one kind share a circuit; those with `undefined` count for none. */
export type OperationKind =
  | 'generate'
  | 'embed'
  | 'images'
  | 'speech'
  | 'transcription'
  | 'rerank'
  | 'moderation';

/** What a model that a test asks makes. */
export type ChannelTestKind = 'text' | 'embedding' | 'speech' | 'transcription' | 'rerank' | 'moderation';

export type BodyEncoding = 'json' | 'form' | 'either';

/**
 * The path of an operation: fixed, with others that some clients use (`google`, below `/v1beta/openai`; `short`, without
 * the version), or with the model in it (`/v1beta/models/{model}:verb`).
 */
export type OperationPath =
  | { readonly path: string; readonly google?: string; readonly short?: string }
  | { readonly verb: string };

/** The upstream's side of an operation. */
export interface UpstreamOperation {
  readonly protocol: UpstreamProtocol;
  /** Which of OpenAI's APIs for generation it is; undefined = neither. */
  readonly openaiApi?: OpenaiApi;
  /** The form of its requests that rerank documents; undefined = they do not. */
  readonly rerankApi?: RerankApi;
  readonly usageReader: UsageReaderFactory;
  /**
   * Edits of the body that make the upstream report usage in its stream; undefined = nothing to edit. The usage event
   * filter then removes the report that the client did not ask for.
   * @param bytes the body as it came
   */
  readonly askForUsage?: (body: JsonObject, bytes: Buffer) => readonly ByteEdit[] | undefined;
  /** Where its requests keep reasoning; undefined = they have none. */
  readonly reasoning?: ReasoningPlace;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A model operation. The registry holds all of them. */
export interface OperationDefinition {
  readonly at: OperationPath;
  readonly client: ClientProtocol;
  readonly upstream: UpstreamOperation;
  readonly kind: OperationKind | undefined;
  /** Whether its usage is charged (counting tokens is free). */
  readonly charged: boolean;
  /** The rates that may charge it: a price that has others only would make it free. Missing = any. */
  readonly chargedBy?: readonly (keyof Rates)[];
  /** Whether a model without a price is free, whatever the setting `ledger.unpriced` says. */
  readonly freeUnpriced?: true;
  /** The model of a request that names none. It is written into the body. Missing = the request must name one. */
  readonly modelDefault?: string;
  /** Whether its requests may continue stored responses; `makes` = the upstream stores its responses. Missing = neither. */
  readonly stored?: 'makes' | 'uses';
  /** What the gateway measures of the file in the field `file`. */
  readonly measures?: 'sound';
  /** The encoding of its body: JSON, a multipart form, or either. Missing = JSON. */
  readonly takes?: BodyEncoding;
  /** `by-field`: when the body says `stream: true`. */
  readonly streams: 'never' | 'by-field' | 'always';
  /** Missing = by `streams`. */
  readonly responseForm?: (body: JsonObject) => ResponseForm;
  /** @throws HalleyError('invalid_body'), `field_missing` */
  checkBody(body: JsonObject): void;
  readonly request: RequestReading;
  /** The marks that show a complete stream. */
  readonly endMarks: EndMarks;
  /** `answers`: the media types of its responses besides JSON. */
  readonly openapi: {
    readonly summary: string;
    readonly body: JsonSchema;
    readonly answers?: readonly string[];
  };
  /** The entry in the public catalogue: its name, and the types of models that it serves. */
  readonly catalogue?: { readonly name: string; readonly serves: (modelType: string) => boolean };
  /**
   * For an operation that counts input tokens: the response with a count of the gateway's own, where no upstream has
   * one.
   */
  readonly countBody?: CountBody;
  /** A small real request that tests whether a channel works. */
  readonly channelTest?: {
    readonly of: ChannelTestKind;
    /** For an operation that takes a form: its fields, beside a short sound in `file`. */
    readonly body: (model: string, prompt: string) => JsonObject;
  };
}

/** One way to serve a request: an upstream protocol, with a translator if the client uses another protocol. */
export interface UpstreamCall extends UpstreamOperation {
  /** Index among the operation's calls. */
  readonly index: number;
  /** What a channel must serve. */
  readonly api: UpstreamApi;
  /** The name of the upstream's operation. */
  readonly operation: string;
  /**
   * Path and query; never holds the caller's key. Begins with a slash.
   * @param form of the upstream's response
   */
  path(model: string, form: ResponseForm): string;
  readonly translator: CallTranslator | undefined;
}

/** An operation as one request asks for it. */
export interface Operation<Name extends string = string>
  extends Pick<
      OperationDefinition,
      | 'client'
      | 'kind'
      | 'charged'
      | 'chargedBy'
      | 'freeUnpriced'
      | 'modelDefault'
      | 'measures'
      | 'stored'
      | 'checkBody'
      | 'countBody'
    >,
    RequestReading {
  /** Stable name for logs and metrics, such as `chat.completions`. */
  readonly name: Name;
  readonly takes: BodyEncoding;
  /** The model when the path carries it, percent-decoded. */
  readonly modelInPath: string | undefined;
  responseForm(body: JsonObject): ResponseForm;
  /** @param hideUsage whether the gateway alone asked for the usage report */
  tailHold(form: ResponseForm, hideUsage: boolean): TailHold;
  /** The ways to serve it, the preferred one first. */
  readonly calls: readonly [UpstreamCall, ...UpstreamCall[]];
}
