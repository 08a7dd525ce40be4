/** What one protocol brings to translation: readers and writers of its requests and responses. Pure. */
import type { ChannelOptions } from '../../domain/channel-options.ts';
import type { Piece } from '../events/piece.ts';
import type { JsonObject, ResponseForm } from '../protocol.ts';
import type { FateTable } from './fates.ts';
import type { ClientFormName, FormName, RequestForm } from './form/request.ts';
import type { ResponseEvent } from './form/response.ts';
import type { Losses } from './losses.ts';

/** Which stop sequences an upstream takes. */
export interface StopRule {
  readonly max: number;
  /** Undefined = all texts. */
  readonly takes?: (stop: string) => boolean;
}

export type SentNames = ReadonlyMap<string, string>;

/** What only the body says of how its response is written. A thread may read it: it can be cloned. */
export interface ResponseHints {
  /** Names of tools as the client has them, by those that the upstream was sent; undefined = all are the same. */
  readonly sentNames?: SentNames | undefined;
  /** Stop sequences at which the gateway cuts the response; undefined = none. */
  readonly cutAt?: readonly string[] | undefined;
  /** How many choices the client asked for; undefined = one. */
  readonly choices?: number | undefined;
  /** Whether the client asked for usage in its stream (`stream_options.include_usage`). */
  readonly includesUsage: boolean;
  /** Of a rerank: how many results the client asked for at most, of how many documents. */
  readonly ranking?: RankingHints;
  /** Whether the client sent `functions`, the form before `tools`, and so reads `function_call`. */
  readonly usesFunctions?: boolean;
}

export interface RankingHints {
  readonly documents: number;
  /** Undefined = all. */
  readonly topN: number | undefined;
  /** To be returned with the results, as the upstream got them; undefined = they are not wanted. */
  readonly texts: readonly string[] | undefined;
}

/** The SDKs pass over comments: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export const commentHeartbeat = ': heartbeat\n\n';

export const noHints: ResponseHints = { includesUsage: false };

/** Who may carry what. Plain data: a thread may read it. */
export interface CarrierSeal {
  /** Texts. What is new is sealed with the first; seals with any of them are sound. */
  readonly keys: readonly [string, ...string[]];
  /** The account of the client. */
  readonly owner: string;
  /** The account at the provider, named by a hash of the channel's credential: see `upstreamName`. */
  readonly upstream: string;
}

/** Facts of the request that its response needs. */
export interface RequestFacts extends ResponseHints {
  /** The model by the client's name. */
  readonly model: string;
  /** For ids that the upstream does not give. Begins with the time. */
  readonly requestId: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Undefined = nothing that the client carries is sealed, and so taken back. */
  readonly seal?: CarrierSeal | undefined;
}

/** The client's side of a form. */
export interface ClientForm {
  readonly name: ClientFormName;
  /** What happens to each field of its requests, by target. */
  readonly fates: FateTable;
  /**
   * Reads a request whose fields have passed `checkFates`.
   * @throws HalleyError('invalid_body') naming the field that is malformed
   */
  readRequest(body: JsonObject, losses: Losses): RequestForm;
  /** Undefined = its bodies give none. */
  readHints?(body: JsonObject): ResponseHints;
  /**
   * What keeps a silent stream of server-sent events alive: whole events, of which the clients of this form take no
   * notice. '' = none.
   */
  readonly heartbeat: string;
  /** Renders the response, whole or as a stream, by the form of response that the client asked for. */
  writeResponse(form: ResponseForm, facts: RequestFacts): ResponseWriter;
}

/** Renders one response from its events. */
export interface ResponseWriter {
  /**
   * Of a stream whole events; of JSON nothing before `end`.
   * @returns text for the client; '' = nothing yet
   */
  push(event: ResponseEvent): string;
  /** The rest, after the `end` event has been pushed; '' = nothing. */
  end(): string;
}

/** The upstream's side of a form. */
export interface UpstreamForm {
  readonly name: FormName;
  /** Whether its requests must limit the output. */
  readonly needsOutputLimit?: boolean;
  /** The names of tools that it takes. */
  readonly toolName: RegExp;
  /** The stop sequences that a model takes. @param model the upstream's name of it */
  stopRule(model: string): StopRule;
  /**
   * @param model the upstream's name of it
   * @throws HalleyError('invalid_body') by `losses`, for what cannot be expressed
   */
  writeRequest(request: RequestForm, model: string, losses: Losses, options: ChannelOptions): JsonObject;
  /** @param form of the upstream's response */
  readResponse(form: ResponseForm): ResponseReader;
  /** The form of response to expect for a request that streams or does not. */
  responseForm(stream: boolean): ResponseForm;
}

/** Changes the events of one response, one after another, between its reader and its writer. */
export type EventStep = (event: ResponseEvent) => readonly ResponseEvent[];

/**
 * Reads one response while it arrives. Never throws on any bytes: what cannot be read is an error event. `Translator`
 * bounds what it holds.
 */
export interface ResponseReader {
  /** @param piece of a stream, whole events; of JSON, any part of it */
  push(piece: Piece): readonly ResponseEvent[];
  /** The events that follow once the upstream has closed; an error event where it closed too early. */
  end(): readonly ResponseEvent[];
}
