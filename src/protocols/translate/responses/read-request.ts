/** Reads a Responses request into the internal form. Pure. */
import type { JsonObject } from '../../protocol.ts';
import {
  type Effort,
  efforts,
  type OutputFormat,
  type ReasoningRequest,
  type RequestForm,
  type Turn,
} from '../form/request.ts';
import { booleanOf, isPlainObject, malformed, numberOf, objectsIn, textOf } from '../json.ts';
import type { Losses } from '../losses.ts';
import { ContentReader } from './read-content.ts';
import { ItemReader } from './read-items.ts';
import { readToolChoice, readTools } from './read-tools.ts';
import { logprobsIncluded } from './response-object.ts';

/** @throws HalleyError('invalid_body') naming the field that is malformed */
export function readRequest(body: JsonObject, losses: Losses): RequestForm {
  const items = new ItemReader(new ContentReader(losses, body.prompt_cache_options), losses);
  const turns = [...readInstructions(body.instructions), ...items.read(body.input)];
  const text = isPlainObject(body.text) ? body.text : {};
  return {
    turns,
    tools: readTools([...objectsIn(body.tools), ...items.tools], losses),
    toolChoice: readToolChoice(body.tool_choice, losses),
    parallelToolCalls: booleanOf(body.parallel_tool_calls),
    output: readFormat(text.format),
    reasoning: readReasoning(body.reasoning),
    stream: body.stream === true,
    maxOutputTokens: readLimit(body),
    temperature: numberOf(body.temperature),
    topP: numberOf(body.top_p),
    topK: undefined,
    stop: [],
    choices: 1,
    seed: undefined,
    presencePenalty: undefined,
    frequencyPenalty: undefined,
    logprobs: readInclude(body.include, losses) || undefined,
    topLogprobs: numberOf(body.top_logprobs),
    verbosity: textOf(text.verbosity),
    serviceTier: readTier(body.service_tier, losses),
    endUser: textOf(body.safety_identifier) ?? textOf(body.user),
    metadata: isPlainObject(body.metadata) ? body.metadata : undefined,
    cacheKey: textOf(body.prompt_cache_key),
  };
}

function readInstructions(instructions: unknown): readonly Turn[] {
  if (instructions === undefined || instructions === null || instructions === '') return [];
  if (typeof instructions !== 'string') throw malformed('instructions', 'a text');
  return [{ role: 'system', parts: [{ kind: 'text', text: instructions }] }];
}

/** 0 = only the cache is to be filled. */
function readLimit({ max_output_tokens, prompt_cache_options, generate }: JsonObject): number | undefined {
  const prewarms = isPlainObject(prompt_cache_options) && prompt_cache_options.prewarm === true;
  if (prewarms || generate === false) return 0;
  const limit = numberOf(max_output_tokens);
  if (limit === undefined) return undefined;
  if (!Number.isInteger(limit) || limit < 1) throw malformed('max_output_tokens', 'a whole number above 0');
  return limit;
}

function readFormat(format: unknown): OutputFormat | undefined {
  if (!isPlainObject(format)) return undefined;
  if (format.type === 'text') return { kind: 'text' };
  if (format.type === 'json_object') return { kind: 'json' };
  if (format.type !== 'json_schema')
    throw malformed('text.format.type', '"text", "json_schema" or "json_object"');
  if (!isPlainObject(format.schema)) throw malformed('text.format.schema', 'a JSON Schema');
  return {
    kind: 'schema',
    name: textOf(format.name),
    description: textOf(format.description),
    schema: format.schema,
    strict: booleanOf(format.strict),
  };
}

function readReasoning(reasoning: unknown): ReasoningRequest | undefined {
  if (!isPlainObject(reasoning)) return undefined;
  const effort = reasoning.effort ?? undefined;
  if (effort !== undefined && !efforts.includes(effort as Effort))
    throw malformed('reasoning.effort', `one of ${efforts.join(', ')}`);
  // `generate_summary` is the old name.
  const summary = textOf(reasoning.summary) ?? textOf(reasoning.generate_summary);
  if (effort === undefined && summary === undefined) return undefined;
  return {
    effort: effort as Effort | undefined,
    budgetTokens: undefined,
    isShown: summary === undefined ? undefined : true,
    ...(summary !== undefined && { summary }),
  };
}

/**
 * Encrypted reasoning always comes (`ResponseReasoningItem.encrypted_content`): asking for it asks for nothing.
 * @returns whether log probabilities are asked for
 */
function readInclude(include: unknown, losses: Losses): boolean {
  const names: readonly unknown[] = Array.isArray(include) ? include : [];
  if (names.some((name) => name !== 'reasoning.encrypted_content' && name !== logprobsIncluded)) {
    losses.drop('include');
  }
  return names.includes(logprobsIncluded);
}

function readTier(value: unknown, losses: Losses): string | undefined {
  const tier = textOf(value);
  if (tier !== 'ultrafast') return tier;
  losses.refuse('service_tier', 'Only this tier of Responses is so fast: ask for another one.');
  return undefined;
}
