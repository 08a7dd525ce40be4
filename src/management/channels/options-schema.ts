/** Schema of a channel's options. */
import { z } from 'zod';
import type { ChannelOptions } from '../../domain/channel-options.ts';
import { limits } from '../../platform/limits.ts';

const headerNames = z
  .array(z.string().regex(/^[a-z0-9_*-]{1,128}$/i, 'must hold names of headers'))
  .max(limits.channel_headers_max)
  .readonly()
  .exactOptional();

export const channelOptionsSchema = z.strictObject({
  openai_api: z
    .enum(['chat', 'responses', 'both'])
    .exactOptional()
    .describe(
      "Which of OpenAI's two APIs for generation the upstream serves. `both`: each request keeps its own, and requests of other protocols are translated for Responses. Missing: each request keeps its own, and requests of other protocols are translated for chat completions.",
    ),
  rerank_api: z
    .enum(['jina', 'cohere', 'voyage'])
    .exactOptional()
    .describe(
      'The form of requests that rerank documents: `jina` also of vLLM and most others (`/v1/rerank`), `cohere` (`/v2/rerank`), `voyage`. Requests in the other form are translated. Missing = `jina`.',
    ),
  translation: z
    .enum(['strict', 'lenient'])
    .exactOptional()
    .describe('How to translate for this channel. Missing = the setting `upstreams.translation_policy`.'),
  system_in_middle: z
    .enum(['developer', 'system', 'user'])
    .exactOptional()
    .describe(
      'The role of instructions that come after the first message of another role. Missing = `developer` for chat completions; by the model for Anthropic Messages.',
    ),
  signatures_of: z
    .array(z.enum(['openai', 'anthropic', 'gemini']))
    .readonly()
    .exactOptional()
    .describe('The providers whose signatures the upstream takes in chat messages. Missing = none.'),
  takes_reasoning: z
    .boolean()
    .exactOptional()
    .describe('Whether the upstream takes `reasoning_content` back in chat messages. Missing = true.'),
  takes_breakpoints: z
    .boolean()
    .exactOptional()
    .describe('Whether chat completions takes `prompt_cache_breakpoint`. Missing = false.'),
  adds_cache_marks: z
    .enum(['5m', '1h'])
    .exactOptional()
    .describe(
      'Adds a cache mark of this lifetime to requests that are translated for Anthropic Messages and have none. Missing = no.',
    ),
  output_limit: z
    .enum(['max_completion_tokens', 'max_tokens'])
    .exactOptional()
    .describe('The field that limits the output of chat completions. Missing = `max_completion_tokens`.'),
  tool_ids: z
    .enum(['any', 'nine'])
    .exactOptional()
    .describe(
      "The ids of tool calls in chat messages: `nine` letters and digits as Mistral's. Missing = any.",
    ),
  pass_headers: headerNames.describe(
    'Further request headers that the upstream gets from the client; `*` stands for any characters. Credentials, cookies and details of the connection never pass.',
  ),
  block_headers: headerNames.describe(
    'Request headers that the upstream does not get; `*` stands for any characters.',
  ),
  gemini_schemas: z
    .enum(['json-schema', 'openapi'])
    .exactOptional()
    .describe(
      'How the schemas of tools and outputs go to a Gemini upstream; older models know only `openapi`. Missing = `json-schema`.',
    ),
  aws_region: z
    .string()
    .regex(/^[a-z]{2}[a-z0-9-]{1,40}-\d$/)
    .exactOptional()
    .describe(
      'The region of AWS for which requests to Amazon Bedrock are signed. Missing = the one in the host name of the base URL.',
    ),
}) satisfies z.ZodType<ChannelOptions>;
