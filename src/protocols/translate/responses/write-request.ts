/** Writes a request of the internal form for an upstream that speaks Responses. Pure. */
import { hash } from 'node:crypto';
import type { JsonObject } from '../../protocol.ts';
import type {
  Effort,
  FunctionTool,
  OutputFormat,
  ReasoningRequest,
  RequestForm,
  ToolChoice,
  Turn,
} from '../form/request.ts';
import { defined } from '../json.ts';
import type { Losses } from '../losses.ts';
import { withoutUnknownReasoning } from '../openai-models.ts';
import { logprobsIncluded } from './response-object.ts';
import { ItemWriter } from './write-items.ts';

/** OpenAI refuses smaller ones: 400 `integer_below_min_value`, "Expected a value >= 16". */
const outputTokensMin = 16;
/** `safety_identifier`: characters. */
const endUserMax = 128;
/** `ServiceTier`. */
const tiers: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'flex',
  'scale',
  'priority',
  'fast',
  'ultrafast',
]);
/** The default in the words of others. */
const standardTiers: ReadonlySet<string> = new Set(['standard', 'standard_only']);

/** @throws HalleyError('invalid_body') by `losses`, for what Responses cannot express */
export function writeRequest(given: RequestForm, model: string, losses: Losses): JsonObject {
  const request = withoutUnknownReasoning(given, model, losses);
  dropUnknown(request, losses);
  const [instructions, turns] = splitInstructions(request.turns);
  const text = defined({
    format: request.output && writeFormat(request.output),
    verbosity: request.verbosity,
  });
  return defined({
    model,
    instructions,
    input: new ItemWriter(losses).write(turns),
    tools: request.tools.length > 0 ? request.tools.map((tool) => writeTool(tool, losses)) : undefined,
    tool_choice: request.toolChoice && writeToolChoice(request.toolChoice),
    parallel_tool_calls: request.parallelToolCalls,
    text: Object.keys(text).length > 0 ? text : undefined,
    reasoning: request.reasoning && writeReasoning(request.reasoning),
    include: writeInclude(request),
    top_logprobs: request.topLogprobs || undefined,
    ...writeLimit(request.maxOutputTokens, losses),
    temperature: request.temperature,
    top_p: request.topP,
    metadata: request.metadata,
    safety_identifier: request.endUser === undefined ? undefined : writeEndUser(request.endUser),
    service_tier: writeTier(request.serviceTier, losses),
    prompt_cache_key: request.cacheKey,
    // The provider would keep the response for 30 days.
    store: false,
    stream: request.stream || undefined,
  });
}

/** What Responses has no field for, by the plainest name. */
function dropUnknown(request: RequestForm, losses: Losses): void {
  if (request.choices > 1) losses.refuse('n', 'Request one choice at a time.');
  if (request.topK !== undefined) losses.drop('top_k');
}

/** A first system turn of one plain text is the instructions; any other keeps its parts as an item. */
function splitInstructions(turns: readonly Turn[]): readonly [string | undefined, readonly Turn[]] {
  const [first, ...rest] = turns;
  const [part, another] = first?.parts ?? [];
  if (first?.role !== 'system' || another || part?.kind !== 'text' || part.cache || part.text === '')
    return [undefined, turns];
  return [part.text, rest];
}

/** Responses would try to be strict where `strict` is missing; everybody else takes that for not strict. */
function writeTool(
  { name, description, parameters, strict, cache }: FunctionTool,
  losses: Losses,
): JsonObject {
  if (cache) losses.drop('cache_control');
  return defined({
    type: 'function',
    name,
    description,
    parameters: parameters ?? null,
    strict: strict ?? false,
  });
}

function writeToolChoice(choice: ToolChoice): string | JsonObject {
  if (choice.kind === 'tool') return { type: 'function', name: choice.name };
  if (choice.kind !== 'allowed') return choice.kind;
  const tools = choice.names.map((name) => ({ type: 'function', name }));
  return { type: 'allowed_tools', mode: choice.mode, tools };
}

/** Flat, unlike in chat completions (`ResponseFormatTextJSONSchemaConfig`), and never without a name. */
function writeFormat(output: OutputFormat): JsonObject {
  if (output.kind === 'text') return { type: 'text' };
  if (output.kind === 'json') return { type: 'json_object' };
  const { name = 'output', schema, description, strict } = output;
  return defined({ type: 'json_schema', name, description, schema, strict });
}

function writeReasoning({
  effort,
  budgetTokens,
  isShown,
  summary,
}: ReasoningRequest): JsonObject | undefined {
  const written = defined({
    effort: effort ?? effortOf(budgetTokens),
    summary: isShown === false ? undefined : (summary ?? (isShown ? 'auto' : undefined)),
  });
  return Object.keys(written).length > 0 ? written : undefined;
}

/** -1 leaves the effort to the model. */
function effortOf(budget: number | undefined): Effort | undefined {
  if (budget === undefined || budget < 0) return undefined;
  if (budget === 0) return 'none';
  if (budget <= 2048) return 'low';
  return budget <= 8192 ? 'medium' : 'high';
}

function writeInclude(request: RequestForm): readonly string[] | undefined {
  const names = [
    ...(wantsReasoning(request) ? ['reasoning.encrypted_content'] : []),
    ...(request.logprobs || request.topLogprobs ? [logprobsIncluded] : []),
  ];
  return names.length > 0 ? names : undefined;
}

/** Older servers send encrypted reasoning only when asked; models that do not reason refuse to be asked. */
function wantsReasoning({ reasoning, turns }: RequestForm): boolean {
  if (reasoning) return reasoning.effort !== 'none' && reasoning.budgetTokens !== 0;
  return turns.some(({ parts }) =>
    parts.some((part) => part.kind === 'reasoning' && part.carried?.provider === 'openai'),
  );
}

/** 0 = only the cache is to be filled. */
function writeLimit(limit: number | undefined, losses: Losses): JsonObject {
  if (limit === undefined) return {};
  if (limit === 0) return { prompt_cache_options: { prewarm: true } };
  if (limit < outputTokensMin) losses.drop('max_tokens');
  return { max_output_tokens: Math.max(limit, outputTokensMin) };
}

/** Mail addresses and long ids go out as their hash. */
function writeEndUser(user: string): string {
  return user.length > endUserMax || user.includes('@') ? hash('sha256', user, 'base64url') : user;
}

function writeTier(tier: string | undefined, losses: Losses): string | undefined {
  if (tier === undefined || tiers.has(tier)) return tier;
  if (standardTiers.has(tier)) return 'default';
  losses.drop('service_tier');
  return undefined;
}
