/** What a request needs of an upstream. Channels are chosen by it. Pure. */
import type { ChannelOptions, RerankApi } from './channel-options.ts';
import type { ProtocolName } from './protocol-name.ts';

/** OpenAI's two APIs for generation, which not every upstream of that protocol serves. */
export type OpenaiApi = 'chat' | 'responses';

/**
 * A protocol, or one of OpenAI's APIs for generation: as the client asks for it, or as a translation of what the client
 * asks for. `openai` stands for the rest of OpenAI's protocol.
 */
export type UpstreamApi = ProtocolName | OpenaiApi | `translated ${OpenaiApi}` | `rerank ${RerankApi}`;

/** What a channel of these protocols serves. */
export function apisOf(
  protocols: readonly ProtocolName[],
  { openai_api: chosen, rerank_api = 'jina' }: ChannelOptions,
): readonly UpstreamApi[] {
  return protocols.flatMap((protocol): readonly UpstreamApi[] => {
    if (protocol !== 'openai') return [protocol];
    const rerank = `rerank ${rerank_api}` as const;
    if (chosen === 'chat' || chosen === 'responses')
      return [protocol, rerank, chosen, `translated ${chosen}`];
    return [protocol, rerank, 'chat', 'responses', `translated ${chosen === 'both' ? 'responses' : 'chat'}`];
  });
}

/** The protocol that an API stands for; undefined = it is only a part of one. */
export function protocolOf(api: UpstreamApi): ProtocolName | undefined {
  return api === 'openai' || api === 'anthropic' || api === 'gemini' ? api : undefined;
}
