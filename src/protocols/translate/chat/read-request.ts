/** Reads a chat completion request into the internal form. Pure. */
import type { JsonObject } from '../../protocol.ts';
import {
  type Effort,
  efforts,
  type FunctionTool,
  type OutputFormat,
  type ReasoningRequest,
  type RequestForm,
  type ToolChoice,
} from '../form/request.ts';
import { booleanOf, isPlainObject, malformed, numberOf, objectsIn, textOf } from '../json.ts';
import type { Losses } from '../losses.ts';
import { readCacheMark } from './read-content.ts';
import { readMessages } from './read-messages.ts';

/** @throws HalleyError('invalid_body') */
export function readRequest(body: JsonObject, losses: Losses): RequestForm {
  return {
    turns: readMessages(body.messages, losses),
    ...readToolMembers(body, losses),
    output: readOutput(body.response_format),
    reasoning: readReasoning(body),
    stream: body.stream === true,
    maxOutputTokens: numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens),
    temperature: numberOf(body.temperature),
    topP: numberOf(body.top_p),
    topK: numberOf(body.top_k),
    stop: readStop(body.stop),
    choices: readCount(body.n, 'n', 1, choicesMax) ?? 1,
    logprobs: booleanOf(body.logprobs),
    topLogprobs: readCount(body.top_logprobs, 'top_logprobs', 0, topLogprobsMax),
    seed: numberOf(body.seed),
    presencePenalty: numberOf(body.presence_penalty),
    frequencyPenalty: numberOf(body.frequency_penalty),
    verbosity: textOf(body.verbosity),
    serviceTier: textOf(body.service_tier),
    endUser: textOf(body.safety_identifier) ?? textOf(body.user),
    metadata: isPlainObject(body.metadata) ? body.metadata : undefined,
    cacheKey: textOf(body.prompt_cache_key),
  };
}

/** The API's own limits. */
const choicesMax = 128;
const topLogprobsMax = 20;

function readCount(value: unknown, field: string, min: number, max: number): number | undefined {
  const count = numberOf(value);
  if (value === undefined || value === null) return undefined;
  if (count !== undefined && Number.isInteger(count) && count >= min && count <= max) return count;
  throw malformed(field, `a whole number from ${min} to ${max}`);
}

/** Whether the client uses the form of calls before `tools`, which has no ids and one call a message. */
export function usesFunctions({ functions, tools }: JsonObject): boolean {
  return Array.isArray(functions) && functions.length > 0 && !Array.isArray(tools);
}

function readToolMembers(
  body: JsonObject,
  losses: Losses,
): Pick<RequestForm, 'tools' | 'toolChoice' | 'parallelToolCalls'> {
  if (!usesFunctions(body)) {
    return {
      tools: readTools(body.tools, losses),
      toolChoice: readToolChoice(body.tool_choice),
      parallelToolCalls: booleanOf(body.parallel_tool_calls),
    };
  }
  const tools = objectsIn(body.functions).map((definition) => readDefinition(definition, 'functions[]'));
  return { tools, toolChoice: readOldChoice(body.function_call), parallelToolCalls: false };
}

function readTools(tools: unknown, losses: Losses): readonly FunctionTool[] {
  if (tools === undefined || tools === null) return [];
  if (!Array.isArray(tools)) throw malformed('tools', 'a list of tools');
  return tools.flatMap((tool) => {
    if (!isPlainObject(tool)) throw malformed('tools[]', 'an object');
    if (tool.type !== 'function') {
      losses.refuse('tools[].type', 'Only tools of type "function" have a counterpart.');
      return [];
    }
    if (!isPlainObject(tool.function)) throw malformed('tools[].function', 'an object');
    const cache = readCacheMark(tool.cache_control);
    return [{ ...readDefinition(tool.function, 'tools[].function'), ...(cache && { cache }) }];
  });
}

function readDefinition(definition: JsonObject, field: string): FunctionTool {
  const { name, parameters } = definition;
  if (typeof name !== 'string' || name === '') throw malformed(`${field}.name`, 'a string');
  if (parameters !== undefined && parameters !== null && !isPlainObject(parameters)) {
    throw malformed(`${field}.parameters`, 'a JSON Schema');
  }
  return {
    name,
    description: textOf(definition.description),
    parameters: parameters ?? undefined,
    strict: booleanOf(definition.strict),
  };
}

const modes: Readonly<Record<string, ToolChoice>> = {
  auto: { kind: 'auto' },
  none: { kind: 'none' },
  required: { kind: 'required' },
};

function readToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  const mode = typeof choice === 'string' && Object.hasOwn(modes, choice) ? modes[choice] : undefined;
  if (mode) return mode;
  if (!isPlainObject(choice)) throw malformed('tool_choice', 'none, auto, required or an object');
  if (choice.type === 'custom') return undefined;
  if (choice.type === 'allowed_tools') return readAllowed(choice.allowed_tools);
  return { kind: 'tool', name: readName(choice.function, 'tool_choice.function') };
}

function readAllowed(allowed: unknown): ToolChoice {
  const { mode, tools } = isPlainObject(allowed) ? allowed : {};
  if (mode !== 'auto' && mode !== 'required')
    throw malformed('tool_choice.allowed_tools.mode', 'auto or required');
  const field = 'tool_choice.allowed_tools.tools[].function';
  return { kind: 'allowed', mode, names: objectsIn(tools).map((tool) => readName(tool.function, field)) };
}

function readOldChoice(choice: unknown): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (choice === 'auto' || choice === 'none') return { kind: choice };
  return { kind: 'tool', name: readName(choice, 'function_call') };
}

function readName(value: unknown, field: string): string {
  const name = isPlainObject(value) ? value.name : undefined;
  if (typeof name !== 'string' || name === '') throw malformed(`${field}.name`, 'a string');
  return name;
}

function readOutput(format: unknown): OutputFormat | undefined {
  if (format === undefined || format === null) return undefined;
  const { type, json_schema: given } = isPlainObject(format) ? format : {};
  if (type === 'text') return { kind: 'text' };
  if (type === 'json_object') return { kind: 'json' };
  if (type !== 'json_schema') throw malformed('response_format.type', 'text, json_object or json_schema');
  if (!isPlainObject(given)) throw malformed('response_format.json_schema', 'an object');
  const { schema } = given;
  if (schema !== undefined && !isPlainObject(schema)) {
    throw malformed('response_format.json_schema.schema', 'a JSON Schema');
  }
  return {
    kind: 'schema',
    name: textOf(given.name),
    description: textOf(given.description),
    schema: schema ?? { type: 'object' },
    strict: booleanOf(given.strict),
  };
}

function readReasoning(body: JsonObject): ReasoningRequest | undefined {
  const other = isPlainObject(body.reasoning) ? body.reasoning : {};
  const effort = body.reasoning_effort ?? other.effort ?? (other.enabled === false ? 'none' : undefined);
  const budgetTokens = numberOf(other.max_tokens);
  const isShown = other.exclude === true ? false : undefined;
  if (effort === undefined && budgetTokens === undefined && isShown === undefined) return undefined;
  return { effort: readEffort(effort), budgetTokens, isShown };
}

function readEffort(effort: unknown): Effort | undefined {
  if (effort === undefined || effort === null) return undefined;
  const known = efforts.find((each) => each === effort);
  if (!known) throw malformed('reasoning_effort', `one of ${efforts.join(', ')}`);
  return known;
}

function readStop(stop: unknown): readonly string[] {
  if (typeof stop === 'string') return [stop];
  return Array.isArray(stop) ? stop.filter((each) => typeof each === 'string') : [];
}
