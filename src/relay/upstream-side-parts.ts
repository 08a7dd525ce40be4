/** Interfaces of the upstream's side of a request. */
import type { ChannelOptions } from '../domain/channel-options.ts';
import type { RequestOutcome } from '../domain/request-outcome.ts';
import type { Operation } from '../operations/operation.ts';
import type { Clock } from '../platform/clock.ts';
import type { HalleyError } from '../platform/errors.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import type { CarrierSeal } from '../protocols/translate/parts.ts';
import type { LoweredLimit, TranslationOptions } from '../protocols/translate/translator.ts';
import type { UpstreamTarget } from '../upstreams/upstreams.ts';
import type { ClientResponse } from './client-response.ts';
import type { ContentSink } from './content-keeper.ts';
import type { RequestBody } from './request-body.ts';
import type { RequestTimeline } from './request-timeline.ts';
import type { Route } from './route.ts';

export interface UpstreamSideOwner {
  readonly over: boolean;
  /** The client's response begins with this status, in this form. */
  onBegin(status: number, form: ResponseForm): void;
  /** The response is this one JSON text. */
  onWhole(status: number, body: Buffer): void;
  /** The response is complete; `rest` is its end, held back until the record is written. */
  onComplete(rest: Buffer | undefined): void;
  onRefused(error: HalleyError, outcome: RequestOutcome): void;
}

export interface UpstreamSideParts {
  readonly owner: UpstreamSideOwner;
  readonly operation: Operation;
  readonly route: Route;
  readonly response: ClientResponse;
  readonly clock: Clock;
  /** Of the client's request: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly timeline: RequestTimeline;
  readonly requestId: string;
  /** How to translate where the upstream speaks another protocol. */
  readonly translation: (channel: ChannelOptions) => TranslationOptions;
  /** An output limit to send in place of the client's; undefined = the client's holds. */
  readonly lowered: () => LoweredLimit | undefined;
  /** Seals what the client carries for the provider. */
  readonly sealFor: (target: UpstreamTarget) => CarrierSeal;
  /** Whether this node may serve at all. */
  readonly mayContinue: () => boolean;
  /** The gateway's own headers of a response. */
  readonly ownHeaders: () => readonly string[];
}

/** A request to send to one upstream, and to the next after a failure. */
export interface UpstreamRequest {
  readonly body: RequestBody;
  /** The model as the client named it. */
  readonly model: string | undefined;
  readonly form: ResponseForm;
  readonly content: ContentSink | undefined;
}
