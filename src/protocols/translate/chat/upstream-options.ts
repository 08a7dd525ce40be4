/** What upstreams of chat completions differ in. Pure. */
import type { ChannelOptions } from '../../../domain/channel-options.ts';
import { nineId, portableId } from '../tool-ids.ts';

/** The options of a channel that concern this protocol, with their defaults: those of OpenAI's own API. */
export interface ChatUpstreamOptions {
  /** Facts, section 2. */
  readonly systemInMiddle: NonNullable<ChannelOptions['system_in_middle']>;
  /** OpenAI's own API has no place for any, and refuses unknown fields of messages. */
  readonly signaturesOf: NonNullable<ChannelOptions['signatures_of']>;
  /** Facts, section 5.2. */
  readonly takesReasoning: boolean;
  /** Facts, section 6. */
  readonly takesBreakpoints: boolean;
  readonly outputLimit: NonNullable<ChannelOptions['output_limit']>;
  /** Facts, section 3.1. */
  readonly toolId: (id: string) => string;
}

export function upstreamOptions(options: ChannelOptions): ChatUpstreamOptions {
  return {
    systemInMiddle: options.system_in_middle ?? 'developer',
    signaturesOf: options.signatures_of ?? [],
    takesReasoning: options.takes_reasoning ?? true,
    takesBreakpoints: options.takes_breakpoints ?? false,
    outputLimit: options.output_limit ?? 'max_completion_tokens',
    toolId: options.tool_ids === 'nine' ? nineId : portableId,
  };
}
