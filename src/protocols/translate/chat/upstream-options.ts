/** What upstreams of chat completions differ in. Pure types. */
import type { Provider } from '../form/request.ts';

export interface ChatUpstreamOptions {
  /**
   * The role of instructions after the first message that is none. Many servers do not know `developer`, and some
   * chat templates take a system message only in first place. Facts, section 2.
   */
  readonly systemInMiddle: 'developer' | 'system' | 'user';
  /**
   * The providers whose signatures it takes in messages: `gemini` for Google's endpoint, all for OpenRouter. OpenAI's
   * own has no place for any, and refuses unknown fields of messages.
   */
  readonly signaturesOf: readonly Provider[];
  /**
   * Whether it takes `reasoning_content` back that came without a signature. Such a text comes from servers of this
   * kind, and DeepSeek wants it. Facts, section 5.2.
   */
  readonly takesReasoning: boolean;
  /** Whether its models take `prompt_cache_breakpoint`: OpenAI's from 5.6 on. Facts, section 6. */
  readonly takesBreakpoints: boolean;
}

export const defaultOptions: ChatUpstreamOptions = {
  systemInMiddle: 'developer',
  signaturesOf: [],
  takesReasoning: true,
  takesBreakpoints: false,
};
