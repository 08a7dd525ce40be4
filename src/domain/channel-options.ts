/** What operators choose about how the gateway speaks to the upstream of one channel. */
import type { ProtocolName } from './protocol-name.ts';

/** `strict` refuses whatever changes the meaning of a request; `lenient` drops it with a signal. */
export type TranslationPolicy = 'strict' | 'lenient';

/** The forms of requests that rerank documents. */
export type RerankApi = 'jina' | 'cohere' | 'voyage';

/** Names are those of the management API. A missing option follows the channel's kind, and then the default here. */
export interface ChannelOptions {
  /**
   * Which of OpenAI's two APIs for generation the upstream serves. `both`: each request keeps its own, and requests of
   * other protocols are translated for Responses, where tools and reasoning go together. Missing: as `both`, but
   * requests of other protocols are translated for chat completions, which more servers know.
   */
  readonly openai_api?: 'chat' | 'responses' | 'both';
  /**
   * The form of requests that rerank documents: `jina` also of vLLM and most others (`/v1/rerank`), `cohere`
   * (`/v2/rerank`), `voyage`. Default `jina`.
   */
  readonly rerank_api?: RerankApi;
  /** How to translate for this channel. Missing = the setting `upstreams.translation_policy`. */
  readonly translation?: TranslationPolicy;
  /**
   * The role of instructions that come after the first message of another role. Chat completions: default `developer`, which many
   * servers do not know; some chat templates take a system message only in first place. Anthropic Messages: default by
   * the model's family, which knows `system` or does not.
   */
  readonly system_in_middle?: 'developer' | 'system' | 'user';
  /**
   * The providers whose signatures the upstream takes in chat messages: `gemini` for Google's endpoint, all for
   * OpenRouter. Default: none.
   */
  readonly signatures_of?: readonly ProtocolName[];
  /**
   * Whether the upstream takes `reasoning_content` back that came without a signature, as DeepSeek wants it. Default
   * true.
   */
  readonly takes_reasoning?: boolean;
  /** Whether chat completions takes `prompt_cache_breakpoint`, as OpenAI's models from 5.6 on do. Default false. */
  readonly takes_breakpoints?: boolean;
  /**
   * Whether a request that is translated for Anthropic Messages and marks nothing to cache gets a mark at its end, and
   * for how long it is kept. Anthropic caches nothing without one. Default: none, since a cache write costs more than
   * plain input.
   */
  readonly adds_cache_marks?: '5m' | '1h';
  /** The field that limits the output of chat completions. Default `max_completion_tokens`, which older servers lack. */
  readonly output_limit?: 'max_completion_tokens' | 'max_tokens';
  /** The ids of tool calls that chat completions takes: any, or nine letters and digits as Mistral's. Default any. */
  readonly tool_ids?: 'any' | 'nine';
  /**
   * Names of further request headers that the upstream gets from the client, such as `x-title` or `x-session-*`.
   * Credentials, cookies and details of the connection never pass.
   */
  readonly pass_headers?: readonly string[];
  /** Names of request headers that the upstream does not get, though it would by default or by `pass_headers`. */
  readonly block_headers?: readonly string[];
  /** How the schemas of tools and outputs go to a Gemini upstream. Default `json-schema`; older models know `openapi`. */
  readonly gemini_schemas?: 'json-schema' | 'openapi';
  /**
   * The region of AWS for which requests to Amazon Bedrock are signed. Missing = the one in the host name of the base URL.
   */
  readonly aws_region?: string;
}
