/** The upstream's side of a protocol: authentication and headers of requests. Pure values. */
import type { ProtocolName } from '../../domain/protocol-name.ts';

export interface UpstreamProtocol {
  readonly name: ProtocolName;
  /** Headers that carry the upstream's key. */
  auth(key: string): Readonly<Record<string, string>>;
  /** Names (lower case) of request headers to forward besides the general ones. */
  readonly forwardedHeaders: readonly string[];
  /** Sent to the upstream when the client sends none of that name. */
  readonly defaultHeaders?: Readonly<Record<string, string>>;
}

export const openaiUpstream: UpstreamProtocol = {
  name: 'openai',
  auth: (key) => ({ authorization: `Bearer ${key}` }),
  forwardedHeaders: ['openai-beta'],
};

export const anthropicUpstream: UpstreamProtocol = {
  name: 'anthropic',
  auth: (key) => ({ 'x-api-key': key }),
  forwardedHeaders: ['anthropic-version', 'anthropic-beta'],
  // Required by the API; the only version that it has.
  defaultHeaders: { 'anthropic-version': '2023-06-01' },
};

export const geminiUpstream: UpstreamProtocol = {
  name: 'gemini',
  auth: (key) => ({ 'x-goog-api-key': key }),
  forwardedHeaders: [],
};
