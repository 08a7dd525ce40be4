/** What the request style of a channel is made of. */
import type { ChannelOptions } from '../domain/channel-options.ts';
import type { Clock } from '../platform/clock.ts';
import type { BaseUrl, DialSettings } from './dialling.ts';
import type { UpstreamConnections } from './upstreams.ts';

export interface StyleParts {
  readonly base: BaseUrl;
  readonly keys: readonly string[];
  readonly options: ChannelOptions;
  /** Connections to another host, through the guard and the proxy of the channel. */
  readonly connectionsTo: (url: string) => UpstreamConnections;
  readonly clock: Clock;
  /** Limit for the response to a token request in milliseconds. */
  readonly timeoutMs: number;
}

/** What a channel sets for its style. */
export interface StyleFields extends Pick<StyleParts, 'base' | 'keys' | 'options'> {
  readonly settings: DialSettings;
}
