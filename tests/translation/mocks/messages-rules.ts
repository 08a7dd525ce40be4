/** What Anthropic Messages refuses of a request, apart from the blocks of its messages. */
import { hasOnly, isAbsent, isLike, isObject, type Json, list, object } from './json.ts';
import type { Asking, Rule } from './rule.ts';

/** Opus 4.7 and later: adaptive thinking alone, and no sampling parameters. */
export const isAdaptive = (model: string): boolean => model.includes('opus-4-8');
const takesSystemTurns = isAdaptive;

const fields =
  'model messages max_tokens system stream tools tool_choice temperature top_p top_k stop_sequences metadata thinking ' +
  'output_config service_tier speed cache_control container diagnostics inference_geo user_profile_id workspace_id';
const toolFields =
  'name description input_schema strict type cache_control allowed_callers defer_loading eager_input_streaming input_examples';

const messagesOf = ({ body }: Asking): readonly Json[] => list(body.messages);
const typeOfChoice = (body: Json): unknown => object(body.tool_choice).type;

export const isThinking = (body: Json): boolean =>
  ['enabled', 'adaptive', 'between_tools'].includes(String(object(body.thinking).type));

/** Sections 2 of the facts: where a system message may stand. */
function systemTurnsStandWell(messages: readonly Json[]): boolean {
  return messages.every(({ role }, at) => {
    if (role !== 'system') return true;
    const after = messages[at + 1];
    return messages[at - 1]?.role === 'user' && (after === undefined || after.role === 'assistant');
  });
}

function budgetFits({ thinking, max_tokens }: Json): boolean {
  const { type, budget_tokens } = object(thinking);
  return type !== 'enabled' || (Number(budget_tokens) >= 1024 && Number(budget_tokens) < Number(max_tokens));
}

function thinkingIsKnown({ body, model }: Asking): boolean {
  const { type } = object(body.thinking);
  return type !== (isAdaptive(model) ? 'enabled' : 'adaptive');
}

const cacheMarks = (value: unknown): number => JSON.stringify(value).split('"cache_control":{').length - 1;

const older = 'claude-haiku-4-5';

export const messagesRules: readonly Rule[] = [
  {
    says: 'Extra inputs are not permitted',
    source: '[TA] MessageCreateParams; temperature, top_p and top_k of older models (facts 1)',
    holds: ({ body }) => hasOnly(body, fields),
    broken: { seed: 1 },
  },
  {
    says: 'max_tokens: Field required',
    source: '[TA] MessageCreateParamsBase.max_tokens',
    holds: ({ body }) => Number.isInteger(body.max_tokens) && Number(body.max_tokens) > 0,
    broken: { max_tokens: undefined },
  },
  {
    says: 'messages: Unexpected role',
    source: '[TA] MessageParam.role, SystemMessageParam',
    holds: (asking) =>
      messagesOf(asking).every(({ role }) => ['user', 'assistant', 'system'].includes(String(role))),
    broken: { messages: [{ role: 'developer', content: 'Hello' }] },
  },
  {
    says: 'messages: first message must use the "user" role',
    source: 'facts 2; [TA] MessageCreateParamsBase.messages',
    holds: (asking) => messagesOf(asking)[0]?.role === 'user',
    broken: { messages: [{ role: 'system', content: 'Hello' }] },
  },
  {
    says: 'role "system" is not supported on this model',
    source: 'facts 2 (llm-anthropic#73, claude-code#77698)',
    holds: (asking) =>
      takesSystemTurns(asking.model) || messagesOf(asking).every(({ role }) => role !== 'system'),
    broken: {
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'system', content: 'Be brief.' },
      ],
    },
    model: older,
  },
  {
    says: 'a system message must follow a user message, and an assistant message must follow it',
    source: 'facts 2 (bifrost#3945)',
    holds: (asking) => systemTurnsStandWell(messagesOf(asking)),
    broken: {
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
      ],
    },
  },
  {
    says: 'This model does not support assistant message prefill',
    source: 'facts 2 (opencode#13768, vercel/ai#12296)',
    holds: (asking) => !isAdaptive(asking.model) || messagesOf(asking).at(-1)?.role !== 'assistant',
    broken: {
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hi' },
      ],
    },
  },
  {
    says: 'tools: Extra inputs are not permitted',
    source: '[TA] Tool',
    holds: ({ body }) => list(body.tools).every((tool) => hasOnly(tool, toolFields)),
    broken: { tools: [{ name: 'f', input_schema: { type: 'object' }, parameters: {} }] },
  },
  {
    says: 'tools.name: String should match pattern',
    source: 'facts 3.2 (copilot-cli#1879)',
    holds: ({ body }) =>
      list(body.tools).every(({ name }) => isLike(name, /^[a-zA-Z0-9_-]{1,128}$/)) &&
      new Set(list(body.tools).map(({ name }) => name)).size === list(body.tools).length,
    broken: { tools: [{ name: 'a.b', input_schema: { type: 'object' } }] },
  },
  {
    says: 'tools.input_schema.type: Field required',
    source: '[TA] Tool.InputSchema.type',
    holds: ({ body }) => list(body.tools).every(({ input_schema }) => object(input_schema).type === 'object'),
    broken: { tools: [{ name: 'f', input_schema: { properties: {} } }] },
  },
  {
    says: 'tool_choice: not one of auto, any, tool and none',
    source: '[TA] ToolChoice',
    holds: ({ body }) =>
      isAbsent(body.tool_choice) || ['auto', 'any', 'tool', 'none'].includes(String(typeOfChoice(body))),
    broken: { tool_choice: 'required' },
  },
  {
    says: 'tool_choice may only be specified while providing tools',
    source: 'facts 3.3; [TA] ToolChoiceTool.name',
    holds: ({ body }) =>
      isAbsent(body.tool_choice) ||
      (list(body.tools).length > 0 &&
        (typeOfChoice(body) !== 'tool' ||
          list(body.tools).some(({ name }) => name === object(body.tool_choice).name))),
    broken: { tool_choice: { type: 'tool', name: 'unknown' } },
  },
  {
    says: 'Thinking may not be enabled when tool_choice forces tool use',
    source: 'facts 3.3',
    holds: ({ body }) => !isThinking(body) || !['any', 'tool'].includes(String(typeOfChoice(body))),
    broken: { thinking: { type: 'adaptive' }, tool_choice: { type: 'any' } },
  },
  {
    says: 'thinking.type is not supported on this model',
    source: 'facts 5.1',
    holds: thinkingIsKnown,
    broken: { thinking: { type: 'enabled', budget_tokens: 1024 } },
  },
  {
    says: 'thinking.budget_tokens must be at least 1024 and below max_tokens',
    source: '[TA] ThinkingConfigEnabled.budget_tokens',
    holds: ({ body }) => budgetFits(body),
    broken: { max_tokens: 1024, thinking: { type: 'enabled', budget_tokens: 1024 } },
    model: older,
  },
  {
    says: 'temperature, top_p and top_k are not supported on this model',
    source: 'facts 1 (models.dev#1468)',
    holds: ({ body, model }) =>
      !isAdaptive(model) || [body.temperature, body.top_p, body.top_k].every(isAbsent),
    broken: { temperature: 0.5 },
  },
  {
    says: 'temperature: range 0 to 1, and 1 while thinking',
    source: 'facts 1',
    holds: ({ body }) =>
      isAbsent(body.temperature) ||
      (Number(body.temperature) <= 1 && (!isThinking(body) || body.temperature === 1)),
    broken: { temperature: 1.5 },
    model: older,
  },
  {
    says: 'stop_sequences: each must contain non-whitespace',
    source: 'facts 8 (litellm#3286)',
    holds: ({ body }) =>
      isAbsent(body.stop_sequences) ||
      (Array.isArray(body.stop_sequences) && body.stop_sequences.every((stop) => String(stop).trim() !== '')),
    broken: { stop_sequences: ['\n'] },
  },
  {
    says: 'output_config: not known',
    source: '[TA] OutputConfig, JSONOutputFormat; effort by model (facts 5.1)',
    holds: ({ body, model }) => {
      const { format, effort, ...rest } = object(body.output_config);
      const known = ['low', 'medium', 'high', 'xhigh', 'max'].includes(String(effort)) && isAdaptive(model);
      const isFormat =
        isAbsent(format) ||
        (object(format).type === 'json_schema' &&
          isObject(object(format).schema) &&
          hasOnly(object(format), 'type schema'));
      return Object.keys(rest).length === 0 && (isAbsent(effort) || known) && isFormat;
    },
    broken: { output_config: { format: { type: 'json_object' } } },
  },
  {
    says: 'A maximum of 4 blocks with cache_control may be provided',
    source: 'facts 6 (sub2api#2144)',
    holds: ({ body }) => cacheMarks(body) <= 4,
    broken: {
      system: Array.from({ length: 5 }, () => ({
        type: 'text',
        text: 'a',
        cache_control: { type: 'ephemeral' },
      })),
    },
  },
];
