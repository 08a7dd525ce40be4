/** What OpenAI Chat Completions refuses of a request, apart from its messages. */
import { hasOnly, isAbsent, isLike, isObject, type Json, list, object } from './json.ts';
import type { Rule } from './rule.ts';

/** DeepSeek's models, which think in `reasoning_content`. */
export const isDeepSeek = (model: string): boolean => model.startsWith('deepseek');
/** OpenAI's models that reason. */
const reasons = (model: string): boolean => /^(?:gpt-5|o\d)/.test(model);

const fields =
  'model messages audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens ' +
  'metadata modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options ' +
  'prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream ' +
  'stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options';

const namePattern = /^[a-zA-Z0-9_-]{1,64}$/;
const functionOf = (value: unknown): Json => object(object(value).function);

/** Strict mode: every property is required, and no other is allowed. */
export function isStrictSchema(schema: unknown): boolean {
  const { type, properties, required, additionalProperties } = object(schema);
  if (type !== 'object') return true;
  const names = Object.keys(object(properties));
  const isClosed =
    additionalProperties === false && names.every((name) => (required as unknown[])?.includes(name));
  return isClosed && Object.values(object(properties)).every(isStrictSchema);
}

function isToolChoice({ tool_choice: choice, tools }: Json): boolean {
  if (isAbsent(choice)) return true;
  const names = list(tools).map((tool) => functionOf(tool).name);
  if (typeof choice === 'string') return ['auto', 'none', 'required'].includes(choice) && names.length > 0;
  if (object(choice).type === 'function') return names.includes(functionOf(choice).name);
  const allowed = object(object(choice).allowed_tools);
  return (
    object(choice).type === 'allowed_tools' &&
    ['auto', 'required'].includes(String(allowed.mode)) &&
    list(allowed.tools).every((tool) => names.includes(functionOf(tool).name))
  );
}

function isFormat(format: unknown): boolean {
  if (isAbsent(format)) return true;
  const { type, json_schema } = object(format);
  if (type !== 'json_schema') return type === 'text' || type === 'json_object';
  const { name, schema, strict, ...rest } = object(json_schema);
  return (
    isLike(name, namePattern) &&
    isObject(schema) &&
    (strict !== true || isStrictSchema(schema)) &&
    hasOnly(rest, 'description')
  );
}

const tool = (members: object) => [{ type: 'function', function: { name: 'f', ...members } }];

export const chatRules: readonly Rule[] = [
  {
    says: 'Unknown parameter',
    source: '[TO] ChatCompletionCreateParamsBase',
    holds: ({ body }) => hasOnly(body, fields),
    broken: { thinking: { type: 'enabled' } },
  },
  {
    says: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
    source: '[TO] ChatCompletionCreateParamsBase.max_tokens',
    holds: ({ body, model }) => !reasons(model) || isAbsent(body.max_tokens),
    broken: { max_tokens: 100 },
    model: 'gpt-5.6',
  },
  {
    says: 'stream_options is only allowed when stream is true',
    source: '[TO] ChatCompletionCreateParamsBase.stream_options',
    holds: ({ body }) => body.stream === true || isAbsent(body.stream_options),
    broken: { stream_options: { include_usage: true } },
  },
  {
    says: 'stop: at most 4 sequences',
    source: '[TO] ChatCompletionCreateParamsBase.stop',
    holds: ({ body }) => !Array.isArray(body.stop) || (body.stop.length > 0 && body.stop.length <= 4),
    broken: { stop: ['a', 'b', 'c', 'd', 'e'] },
  },
  {
    says: 'stop is not supported with this model',
    source: '[TO] ChatCompletionCreateParamsBase.stop (o3 and o4-mini)',
    holds: ({ body, model }) => !/^(?:o3|o4-mini)/.test(model) || isAbsent(body.stop),
    broken: { stop: ['a'] },
    model: 'o4-mini',
  },
  {
    says: 'tools: missing function, or unknown members',
    source: '[TO] ChatCompletionFunctionTool, FunctionDefinition',
    holds: ({ body }) =>
      list(body.tools).every(
        (each) =>
          each.type === 'function' &&
          hasOnly(each, 'type function') &&
          hasOnly(functionOf(each), 'name description parameters strict'),
      ),
    broken: { tools: [{ type: 'function', name: 'f' }] },
  },
  {
    says: "tools.function.name: string does not match pattern '^[a-zA-Z0-9_-]+$', or is too long",
    source: '[TO] FunctionDefinition.name',
    holds: ({ body }) => list(body.tools).every((each) => isLike(functionOf(each).name, namePattern)),
    broken: { tools: tool({ name: 'a'.repeat(65) }) },
  },
  {
    says: 'Invalid schema for function: strict wants all properties required and no other',
    source: 'facts 3.2; [TO] FunctionDefinition.strict',
    holds: ({ body }) =>
      list(body.tools).every(
        (each) => functionOf(each).strict !== true || isStrictSchema(functionOf(each).parameters),
      ),
    broken: { tools: tool({ strict: true, parameters: { type: 'object', properties: { a: {} } } }) },
  },
  {
    says: 'tool_choice: unknown, without tools, or names no tool',
    source: 'facts 3.3; [TO] ChatCompletionToolChoiceOption',
    holds: ({ body }) => isToolChoice(body),
    broken: { tool_choice: { type: 'any' } },
  },
  {
    says: 'parallel_tool_calls is only allowed when tools are specified',
    source: '[TO] ChatCompletionCreateParamsBase.parallel_tool_calls',
    holds: ({ body }) => isAbsent(body.parallel_tool_calls) || list(body.tools).length > 0,
    broken: { parallel_tool_calls: false, tools: [] },
  },
  {
    says: 'response_format: missing name or schema, or a schema that strict refuses',
    source: 'facts 7; [TO] ResponseFormatJSONSchema',
    holds: ({ body }) => isFormat(body.response_format),
    broken: { response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' } } } },
  },
  {
    says: 'reasoning_effort: not supported',
    source: '[TO] ReasoningEffort; models that do not reason refuse it (mellea#270)',
    holds: ({ body, model }) =>
      isAbsent(body.reasoning_effort) ||
      ((reasons(model) || isDeepSeek(model)) &&
        ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'].includes(String(body.reasoning_effort))),
    broken: { reasoning_effort: 'high' },
  },
  {
    says: 'Function tools with reasoning_effort are not supported in /v1/chat/completions. Use /v1/responses instead.',
    source: 'facts 5.1 (openai-openapi#541, litellm#34569)',
    holds: ({ body, model }) =>
      !/^gpt-5\.[4-9]/.test(model) || list(body.tools).length === 0 || body.reasoning_effort === 'none',
    broken: {},
    model: 'gpt-5.6',
  },
  {
    says: "The 'metadata' parameter is only allowed when 'store' is enabled.",
    source: '[TO] ChatCompletionCreateParamsBase.store (qwen-code#243, langchaingo#1484)',
    holds: ({ body }) => isAbsent(body.metadata) || body.store === true,
    broken: { metadata: { a: 'b' } },
  },
];
