/** Writes a request of Anthropic's protocol [TA MessageCreateParams]. */
import { hash } from 'node:crypto';
import type { ChannelOptions } from '../../../domain/channel-options.ts';
import type { JsonObject } from '../../protocol.ts';
import type { RequestForm, TextPart } from '../form/request.ts';
import { defined } from '../json.ts';
import type { Losses } from '../losses.ts';
import { withCacheMarks } from './cache-marks.ts';
import { conversationOf, type OrderedMessage } from './conversation.ts';
import { type Family, familyOf, type SystemTurns } from './families.ts';
import { type Thinking, thinkingField, thinkingFor } from './thinking.ts';
import { type ChosenTools, chosenTools } from './tools.ts';
import { blocksOf, textBlock } from './write-blocks.ts';

function systemTurnsOf({ system_in_middle: chosen }: ChannelOptions, family: Family): SystemTurns {
  if (chosen === undefined) return family.systemTurns;
  return chosen === 'user' ? 'user' : 'system';
}

export function writeRequest(
  request: RequestForm,
  model: string,
  losses: Losses,
  options: ChannelOptions,
): JsonObject {
  if (request.choices > 1) losses.refuse('n', 'Send one request for each response.');
  if (request.logprobs || request.topLogprobs) losses.refuse('logprobs');
  const family = familyOf(model);
  const maxTokens = request.maxOutputTokens;
  if (maxTokens === undefined) {
    throw losses.impossible('max_tokens', 'Set it: the limit of this model is unknown.');
  }
  const { system, messages } = conversationOf(request.turns, systemTurnsOf(options, family), losses);
  const chosen = chosenTools(request, family, losses);
  const goesOnUnthought = beginsUnthought(messages);
  const place = { maxTokens, forcesTool: chosen.forces, goesOnUnthought };
  const thinking = thinkingFor(request.reasoning, family, place, losses);
  const body = defined({
    model,
    max_tokens: maxTokens,
    stream: request.stream || undefined,
    system: systemField(system, losses),
    messages: messagesField(messages, family, losses),
    ...toolFields(chosen),
    thinking: thinkingField(thinking),
    output_config: outputConfig(request, thinking, losses),
    ...sampling(request, family, thinking, losses),
    stop_sequences: request.stop.length > 0 ? request.stop : undefined,
    metadata: request.endUser === undefined ? undefined : { user_id: opaque(request.endUser) },
  });
  return withCacheMarks(body, options, losses);
}

function systemField(system: readonly TextPart[], losses: Losses): unknown {
  const [only, ...more] = system;
  if (!only) return undefined;
  return more.length === 0 && !only.cache ? only.text : system.map((part) => textBlock(part, losses));
}

function messagesField(messages: readonly OrderedMessage[], family: Family, losses: Losses): unknown {
  const last = messages.at(-1);
  if (!last) throw losses.impossible('messages', 'There is no message with content. Send at least one.');
  if (last.role !== 'assistant') return messages.map((message) => messageOf(message, losses));
  // 400 else: Claude 4.6 and later do not go on with an assistant message (section 2).
  if (!family.prefill) {
    const advice = 'This model cannot continue an assistant message. End with a user message.';
    throw losses.impossible('messages', advice);
  }
  return [...messages.slice(0, -1), withoutEndSpace(last)].map((message) => messageOf(message, losses));
}

/** 400 else: the final assistant text may not end with white space. */
function withoutEndSpace(message: OrderedMessage): OrderedMessage {
  const last = message.parts.at(-1);
  if (last?.kind !== 'text') return message;
  return { ...message, parts: [...message.parts.slice(0, -1), { ...last, text: last.text.trimEnd() }] };
}

function messageOf({ role, parts }: OrderedMessage, losses: Losses): JsonObject {
  const [only, ...more] = parts;
  const isPlain = only?.kind === 'text' && more.length === 0 && !only.cache;
  return { role, content: isPlain ? only.text : blocksOf(parts, losses) };
}

/** Whether the model goes on after results of calls before which it did not think, or whose thinking was lost. */
function beginsUnthought(messages: readonly OrderedMessage[]): boolean {
  const begun = messages.findLast(({ role }) => role === 'assistant');
  const user = messages.findLast(({ role }) => role === 'user');
  const goesOn = user?.parts[0]?.kind === 'tool-result';
  return goesOn && begun !== undefined && begun.parts[0]?.kind !== 'reasoning';
}

function toolFields({ tools, toolChoice }: ChosenTools): JsonObject {
  return { tools: tools.length === 0 ? undefined : tools, tool_choice: toolChoice };
}

function outputConfig({ output }: RequestForm, { effort }: Thinking, losses: Losses): unknown {
  // Nothing here makes a model write JSON without a schema (section 7).
  if (output?.kind === 'json')
    losses.refuse('response_format', 'Send a JSON Schema, or ask for JSON by prompt.');
  if (output?.kind === 'schema' && output.description !== undefined)
    losses.drop('response_format.description');
  const format = output?.kind === 'schema' ? { type: 'json_schema', schema: output.schema } : undefined;
  return effort === undefined && format === undefined ? undefined : defined({ effort, format });
}

/** Of top_p with thinking. Of temperature and top_k nothing may be set then. */
const topPWithThinkingMin = 0.95;

function sampling(
  { temperature, topP, topK }: RequestForm,
  family: Family,
  { type }: Thinking,
  losses: Losses,
): JsonObject {
  const thinks = type === 'enabled' || type === 'adaptive';
  const takesNone = family.sampling === 'none';
  const kept = {
    // The range ends at 1: scaling 0 to 2 down would change the meaning of 0.7 (section 1).
    temperature: takesNone || thinks ? undefined : temperature && Math.min(temperature, 1),
    top_p: takesNone || (thinks && topP !== undefined && topP < topPWithThinkingMin) ? undefined : topP,
    top_k: takesNone || thinks ? undefined : topK,
  };
  if (family.sampling === 'one' && kept.temperature !== undefined) kept.top_p = undefined;
  // 1 is the default of both.
  if (kept.temperature !== temperature && temperature !== 1) losses.drop('temperature');
  if (kept.top_p !== topP && topP !== 1) losses.drop('top_p');
  if (kept.top_k !== topK) losses.drop('top_k');
  return kept;
}

/** Mail addresses and phone numbers must not be sent [TA Metadata]. */
function opaque(user: string): string {
  return /@|^\+?[\d\s()-]{7,}$/.test(user) ? hash('sha256', user) : user;
}
