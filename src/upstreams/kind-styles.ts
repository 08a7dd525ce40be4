/** The request styles of the kinds of channels whose requests differ from the plain protocol. */
import type { ChannelOptions } from '../domain/channel-options.ts';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { bedrockStyle, checkBedrock } from './clouds/bedrock-style.ts';
import { checkVertex, vertexStyle } from './clouds/vertex-style.ts';
import { type BaseUrl, type DialSettings, demoBaseUrl, parseBaseUrl } from './dialling.ts';
import type { RequestStyle } from './request-style.ts';
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

interface StyledKind {
  make(parts: StyleParts): RequestStyle;
  /** @throws HalleyError('invalid_value') for a key, base URL or option that it cannot use */
  check(fields: StyleFields): void;
}

const styled: Readonly<Record<string, StyledKind>> = {
  bedrock: { make: bedrockStyle, check: checkBedrock },
  vertex: { make: vertexStyle, check: checkVertex },
};

const plain: RequestStyle = {};

/** @throws HalleyError('invalid_value') for a key, base URL or option that the kind cannot use */
export function styleOf(kind: string, parts: StyleParts): RequestStyle {
  return styled[kind]?.make(parts) ?? plain;
}

/** A key that is sent in a header. */
const plainKey = /^[\x21-\x7e]+$/;

/**
 * Checks what a channel sets for its kind.
 * @throws HalleyError('invalid_value') with the problem and what to do
 */
export function checkStyle(
  kind: string,
  baseUrl: string,
  fields: Pick<StyleFields, 'keys' | 'options' | 'settings'>,
): void {
  if (baseUrl === demoBaseUrl) return;
  const known = styled[kind];
  if (known) known.check({ ...fields, base: parseBaseUrl(baseUrl, fields.settings) });
  else if (!fields.keys.every((key) => plainKey.test(key))) {
    const message = 'A key of this kind of upstream must be visible ASCII without spaces.';
    throw new HalleyError('invalid_value', { message, param: 'keys' });
  }
}
