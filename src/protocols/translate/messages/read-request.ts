/** Reads a request of Anthropic's protocol [TA MessageCreateParams]. */
import type { JsonObject } from '../../protocol.ts';
import {
  type Effort,
  efforts,
  type FunctionTool,
  type OutputFormat,
  type ReasoningRequest,
  type RequestForm,
  type ToolChoice,
  type Turn,
} from '../form/request.ts';
import { booleanOf, isPlainObject, malformed, numberOf, objectsIn, textOf } from '../json.ts';
import type { Losses } from '../losses.ts';
import { cacheMark, partsOf, textParts } from './read-blocks.ts';

export function readRequest(body: JsonObject, losses: Losses): RequestForm {
  const choice = isPlainObject(body.tool_choice) ? body.tool_choice : {};
  const single = booleanOf(choice.disable_parallel_tool_use);
  return {
    turns: [...instructions(body.system), ...turnsOf(body.messages, losses)],
    tools: toolsOf(body.tools),
    toolChoice: toolChoiceOf(choice),
    parallelToolCalls: single === undefined ? undefined : !single,
    output: outputOf(body),
    reasoning: reasoningOf(body),
    stream: body.stream === true,
    maxOutputTokens: maxTokensOf(body.max_tokens, losses),
    temperature: numberOf(body.temperature),
    topP: numberOf(body.top_p),
    topK: numberOf(body.top_k),
    stop: stopsOf(body.stop_sequences),
    endUser: isPlainObject(body.metadata) ? textOf(body.metadata.user_id) : undefined,
    ...unsaid,
  };
}

/** What this protocol has no words for. */
const unsaid = {
  choices: 1,
  seed: undefined,
  presencePenalty: undefined,
  frequencyPenalty: undefined,
  logprobs: undefined,
  topLogprobs: undefined,
  verbosity: undefined,
  serviceTier: undefined,
  metadata: undefined,
  cacheKey: undefined,
} as const;

/**
 * Claude Code's first block differs in each request and is for Anthropic's accounting: it is no instruction, and at
 * other providers it would keep the whole prompt out of the cache (anthropics/claude-code#68900).
 */
const accountingBlock = 'x-anthropic-billing-header:';

function instructions(system: unknown): readonly Turn[] {
  if (system === undefined || system === null) return [];
  const parts = textParts(system, 'system').filter(({ text }) => !text.startsWith(accountingBlock));
  return parts.length === 0 ? [] : [{ role: 'system', parts }];
}

function turnsOf(messages: unknown, losses: Losses): readonly Turn[] {
  if (!Array.isArray(messages)) throw malformed('messages', 'a list');
  return messages.map((message: unknown) => {
    if (!isPlainObject(message)) throw malformed('messages[]', 'an object');
    return turnOf(message, losses);
  });
}

function turnOf({ role, content }: JsonObject, losses: Losses): Turn {
  const field = 'messages[].content';
  // A system message of the beta may have none.
  if (role === 'system') return { role, parts: textParts(content ?? [], field) };
  if (role !== 'user' && role !== 'assistant') {
    throw malformed('messages[].role', '"user", "assistant" or "system"');
  }
  return { role, parts: partsOf(content, field, losses) };
}

/** Tools with a type of their own have no schema, and `checkFates` has refused or dropped them. */
function toolsOf(tools: unknown): readonly FunctionTool[] {
  return objectsIn(tools)
    .filter(({ type = 'custom' }) => type === null || type === 'custom')
    .map((tool) => {
      const { name, description, input_schema, strict, cache_control } = tool;
      if (typeof name !== 'string') throw malformed('tools[].name', 'a string');
      if (!isPlainObject(input_schema)) throw malformed('tools[].input_schema', 'an object');
      const cache = cacheMark(cache_control);
      return {
        name,
        description: textOf(description),
        parameters: input_schema,
        strict: booleanOf(strict),
        ...(cache && { cache }),
      };
    });
}

function toolChoiceOf({ type, name }: JsonObject): ToolChoice | undefined {
  switch (type) {
    case undefined:
      return undefined;
    case 'auto':
    case 'none':
      return { kind: type };
    case 'any':
      return { kind: 'required' };
    case 'tool':
      if (typeof name !== 'string') throw malformed('tool_choice.name', 'a string');
      return { kind: 'tool', name };
    default:
      throw malformed('tool_choice.type', '"auto", "any", "tool" or "none"');
  }
}

function outputOf(body: JsonObject): OutputFormat | undefined {
  const config = isPlainObject(body.output_config) ? body.output_config : {};
  // `output_format` was its name in the beta.
  const format = config.format ?? body.output_format;
  if (!isPlainObject(format)) return undefined;
  if (format.type !== 'json_schema' || !isPlainObject(format.schema)) {
    throw malformed('output_config.format', 'of the type "json_schema", with a schema');
  }
  return {
    kind: 'schema',
    name: undefined,
    description: undefined,
    schema: format.schema,
    strict: undefined,
  };
}

function reasoningOf(body: JsonObject): ReasoningRequest | undefined {
  const thinking = isPlainObject(body.thinking) ? body.thinking : undefined;
  const config = isPlainObject(body.output_config) ? body.output_config : {};
  const asked = effortOf(config.effort);
  if (!thinking) {
    return asked === undefined ? undefined : { effort: asked, budgetTokens: undefined, isShown: undefined };
  }
  const { type, budget_tokens, display } = thinking;
  const isShown = display === 'summarized' ? true : display === 'omitted' ? false : undefined;
  switch (type) {
    case 'disabled':
      return { effort: 'none', budgetTokens: undefined, isShown };
    case 'between_tools':
      // The least that a model has (section 5.1).
      return { effort: asked ?? 'low', budgetTokens: undefined, isShown };
    case 'enabled':
      return { effort: asked, budgetTokens: budgetOf(budget_tokens), isShown };
    case 'adaptive':
      return { effort: asked, budgetTokens: asked === undefined ? -1 : undefined, isShown };
    default:
      throw malformed('thinking.type', '"enabled", "adaptive", "between_tools" or "disabled"');
  }
}

function effortOf(value: unknown): Effort | undefined {
  if (value === undefined || value === null) return undefined;
  const effort = efforts.find((known) => known === value);
  if (!effort) throw malformed('output_config.effort', '"low", "medium", "high", "xhigh" or "max"');
  return effort;
}

function budgetOf(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw malformed('thinking.budget_tokens', 'a positive whole number');
}

function maxTokensOf(value: unknown, losses: Losses): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw malformed('max_tokens', 'a whole number');
  }
  // 0 makes the upstream read the prompt into its cache and nothing else (section 1).
  if (value === 0) throw losses.impossible('max_tokens', 'With 0 nothing is written. Set it to 1 or more.');
  return value;
}

function stopsOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((stop) => typeof stop === 'string')) {
    throw malformed('stop_sequences', 'a list of strings');
  }
  return value;
}
