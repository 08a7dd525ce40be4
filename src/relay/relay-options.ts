/** What model requests are served with. */
import type { Access } from '../access/access.ts';
import type { TranslationPolicy } from '../domain/channel-options.ts';
import type { RequestObserver, TraceRequests } from '../observe/request-trace.ts';
import type { CarrierSeal } from '../protocols/translate/parts.ts';
import type { BodyIntakeOptions } from './body-intake.ts';
import type { CommitTimeouts } from './commit-timeouts.ts';
import type { ContentKeeper } from './content-keeper.ts';
import type { RequestObjectsOptions } from './objects/request-objects.ts';
import type { AccountingOptions } from './request-accounting.ts';
import type { RouteOptions } from './route.ts';
import type { UnreadResponses } from './unread-response.ts';

export interface RelayOptions
  extends AccountingOptions,
    RouteOptions,
    BodyIntakeOptions,
    Omit<RequestObjectsOptions, 'clock'> {
  readonly access: Access;
  /** Whether the end of a response waits until its record is durable. */
  readonly waitsForRecord: boolean;
  readonly commitTimeouts: CommitTimeouts;
  /** Creates the keeper of prompt and response, for keys with content logging. */
  readonly keepContent: (requestId: string, days: number, body: readonly Buffer[]) => ContentKeeper;
  readonly observe: RequestObserver;
  /** Undefined = nothing is traced. */
  readonly trace: TraceRequests | undefined;
  readonly slowClientMs: number;
  /** As of `ClientResponseOptions`. */
  readonly heartbeatMs: number;
  /** How long, and for how many bytes, an upstream may go on after its client has left; 0 ms = not at all. */
  readonly finishAlone: { readonly ms: number; readonly bytes: number };
  /** What a translation does with fields that change the meaning, unless the request says. */
  readonly translationPolicy: TranslationPolicy;
  /** Whether the requests of a conversation go to one upstream, as long as it works. */
  readonly channelAffinity: boolean;
  readonly compat: 'none' | 'cometapi';
  /** Whether errors link their description in the documentation that the gateway serves. */
  readonly hasDocs: boolean;
  /** As of `CarrierSeal`. */
  readonly carrierKeys: () => CarrierSeal['keys'];
}

export interface ModelRequestOptions extends RelayOptions {
  readonly unread: UnreadResponses;
}
