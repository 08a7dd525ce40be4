/** Writes the internal form of a request as a chat completion request. Pure. */
import { hash } from 'node:crypto';
import type { JsonObject } from '../../protocol.ts';
import type {
  Effort,
  FunctionTool,
  OutputFormat,
  ReasoningRequest,
  RequestForm,
  ToolChoice,
} from '../form/request.ts';
import { defined } from '../json.ts';
import type { Losses } from '../losses.ts';
import { withoutUnknownReasoning } from '../openai-models.ts';
import type { ChatUpstreamOptions } from './upstream-options.ts';
import { writeMessages } from './write-messages.ts';

/** @throws HalleyError('invalid_body') by `losses` */
export function writeRequest(
  given: RequestForm,
  model: string,
  losses: Losses,
  options: ChatUpstreamOptions,
): JsonObject {
  const request = withoutUnknownReasoning(given, model, losses);
  signalLosses(request, losses);
  return defined({
    model,
    messages: writeMessages(request.turns, options, losses),
    ...writeToolMembers(request, losses),
    response_format: writeOutput(request.output),
    reasoning_effort: writeReasoning(request.reasoning, losses),
    [options.outputLimit]: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
    stop: request.stop.length > 0 ? request.stop : undefined,
    ...writeChoices(request),
    seed: request.seed,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    verbosity: request.verbosity,
    service_tier: writeTier(request.serviceTier, losses),
    safety_identifier: writeUser(request.endUser),
    prompt_cache_key: request.cacheKey,
    // Without being asked a stream tells no usage. Facts, section 10.
    ...(request.stream && {
      stream: true,
      stream_options: request.asksForUsage === false ? undefined : { include_usage: true },
    }),
  });
}

/** Responses name the likeliest tokens only beside those that were chosen. */
function writeChoices({ choices, logprobs, topLogprobs }: RequestForm): JsonObject {
  return {
    n: choices > 1 ? choices : undefined,
    logprobs: logprobs || (topLogprobs ? true : undefined),
    top_logprobs: topLogprobs || undefined,
  };
}

/** What has no place here. */
function signalLosses(request: RequestForm, losses: Losses): void {
  if (request.maxOutputTokens === 0) throw losses.impossible('max_tokens', 'It must be 1 or more.');
  if (request.topK !== undefined) losses.drop('top_k');
  // OpenAI: the parameter is only allowed when `store` is enabled, which the gateway does not do.
  if (request.metadata && Object.keys(request.metadata).length > 0) losses.drop('metadata');
}

/** Without tools OpenAI refuses what only speaks of them. */
function writeToolMembers(request: RequestForm, losses: Losses): JsonObject {
  if (request.tools.length === 0) return {};
  return {
    tools: request.tools.map((tool) => writeTool(tool, losses)),
    tool_choice: request.toolChoice && writeToolChoice(request.toolChoice),
    parallel_tool_calls: request.parallelToolCalls,
  };
}

/** Without `strict` the schema is not enforced, as in the other forms. Facts, section 3.2. */
function writeTool(
  { name, description, parameters, strict, cache }: FunctionTool,
  losses: Losses,
): JsonObject {
  if (cache) losses.drop('tools[].cache_control');
  return { type: 'function', function: defined({ name, description, parameters, strict }) };
}

const named = (name: string) => ({ type: 'function', function: { name } });

function writeToolChoice(choice: ToolChoice): unknown {
  if (choice.kind === 'tool') return named(choice.name);
  if (choice.kind !== 'allowed') return choice.kind;
  return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools: choice.names.map(named) } };
}

function writeOutput(output: OutputFormat | undefined): JsonObject | undefined {
  if (!output) return undefined;
  if (output.kind === 'text') return { type: 'text' };
  if (output.kind === 'json') return { type: 'json_object' };
  const { name = 'response', description, schema, strict } = output;
  return { type: 'json_schema', json_schema: defined({ name, description, schema, strict }) };
}

function writeReasoning(reasoning: ReasoningRequest | undefined, losses: Losses): Effort | undefined {
  if (!reasoning) return undefined;
  if (reasoning.summary !== undefined || reasoning.isShown) losses.drop('reasoning.summary');
  return reasoning.effort ?? effortOf(reasoning.budgetTokens);
}

/** The largest budgets that still count as an effort. */
const lowBudget = 2048;
const mediumBudget = 8192;

/** @param budgetTokens -1 leaves it to the model, as no effort does */
function effortOf(budgetTokens: number | undefined): Effort | undefined {
  if (budgetTokens === undefined || budgetTokens < 0) return undefined;
  if (budgetTokens === 0) return 'none';
  if (budgetTokens <= lowBudget) return 'low';
  return budgetTokens <= mediumBudget ? 'medium' : 'high';
}

const tiers: Readonly<Record<string, string>> = {
  auto: 'auto',
  default: 'default',
  standard: 'default',
  flex: 'flex',
  scale: 'scale',
  priority: 'priority',
  fast: 'fast',
};

function writeTier(tier: string | undefined, losses: Losses): string | undefined {
  if (tier === undefined) return undefined;
  const known = Object.hasOwn(tiers, tier) ? tiers[tier] : undefined;
  if (known === undefined)
    losses.refuse('service_tier', 'Its tiers are auto, default, flex, scale and priority.');
  return known;
}

/** At most 128 characters, and no mail address. Facts, section 1. */
function writeUser(user: string | undefined): string | undefined {
  if (!user) return undefined;
  return user.length > 128 || user.includes('@') ? hash('sha256', user, 'hex') : user;
}
