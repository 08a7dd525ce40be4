/** Builds client requests of each protocol, and reads completeness and usage from the responses. */
import type { Chance } from './chance.ts';
import { drawPlan, type Kind, kinds, outputTokensMax, type Plan, promptOf, type Tokens } from './plan.ts';
import { modelOf } from './tariff.ts';

/** A request that is ready to be sent. */
export interface Question {
  readonly kind: Kind;
  readonly plan: Plan;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the response shows its usage, if the upstream reports it. */
  readonly showsUsage: boolean;
}

/** What a client knows of a complete response. */
export interface Answer {
  /** The upstream's id of the response; empty if the protocol has none. */
  readonly responseId: string;
  readonly text: string;
  /** Undefined when the upstream reported no usage. */
  readonly used: Tokens | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const gemini = `/v1beta/models/${modelOf('generate')}`;

function draft(kind: Kind, prompt: string, key: string, asksForUsage: boolean) {
  const model = modelOf(kind);
  const stream = kind.endsWith('-stream') && { stream: true };
  const said = [{ role: 'user', content: prompt }];
  switch (kind) {
    case 'chat':
    case 'chat-stream': {
      const options = asksForUsage && { stream_options: { include_usage: true } };
      const body = { model, max_tokens: outputTokensMax, messages: said, ...stream, ...options };
      return { path: '/v1/chat/completions', headers: bearer(key), body };
    }
    case 'responses':
    case 'responses-stream': {
      const body = { model, max_output_tokens: outputTokensMax, input: said, ...stream };
      return { path: '/v1/responses', headers: bearer(key), body };
    }
    case 'messages':
    case 'messages-stream': {
      const body = { model, max_tokens: outputTokensMax, messages: said, ...stream };
      return { path: '/v1/messages', headers: { 'x-api-key': key }, body };
    }
    case 'embeddings':
      return { path: '/v1/embeddings', headers: bearer(key), body: { model, input: prompt } };
    default: {
      const verbs = { generate: 'generateContent', 'generate-array': 'streamGenerateContent' };
      const verb = kind === 'generate-events' ? 'streamGenerateContent?alt=sse' : verbs[kind];
      const contents = [{ role: 'user', parts: [{ text: prompt }] }];
      const body = { contents, generationConfig: { maxOutputTokens: outputTokensMax } };
      return { path: `${gemini}:${verb}`, headers: { 'x-goog-api-key': key }, body };
    }
  }
}

export function drawQuestion(chance: Chance, key: string): Question {
  const kind = chance.one(kinds);
  const plan = drawPlan(chance);
  const asksForUsage = kind === 'chat-stream' && chance.is(0.5);
  const { path, headers, body } = draft(kind, promptOf(plan), key, asksForUsage);
  return {
    kind,
    plan,
    path,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    showsUsage: kind !== 'chat-stream' || asksForUsage,
  };
}

/** Returns the usage that the upstream reports for the plan in this protocol. */
export function toldOf(kind: Kind, plan: Plan): Tokens | undefined {
  if (plan.reports === 0) return undefined;
  const { input, cached, written, output, reasoning } = plan;
  if (kind === 'embeddings') return { input, cached: 0, written: 0, output: 0, reasoning: 0 };
  if (kind.startsWith('messages')) return { input, cached, written, output, reasoning: 0 };
  return { input, cached, written: 0, output, reasoning };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the data of all events that have arrived completely. */
function eventsIn(text: string): readonly string[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice('data: '.length).trim());
}

const objectsOf = (events: readonly string[]) =>
  events.map(parsed).filter((value): value is Fields => typeof value === 'object' && value !== null);

const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce((inner, name) => (inner as Fields | undefined)?.[name], value);

const textAt = (value: unknown, ...path: readonly (string | number)[]) => String(at(value, ...path) ?? '');
const countAt = (value: unknown, ...path: readonly (string | number)[]) => Number(at(value, ...path) ?? 0);

/** For chat, responses and embeddings, whose usage differs only in names. */
function openaiUsed(usage: unknown, input: string, output: string): Tokens | undefined {
  if (usage === undefined || usage === null) return undefined;
  return {
    input: countAt(usage, input),
    cached: countAt(usage, `${input}_details`, 'cached_tokens'),
    written: 0,
    output: countAt(usage, output),
    reasoning: countAt(usage, `${output}_details`, 'reasoning_tokens'),
  };
}

const chatUsed = (usage: unknown) => openaiUsed(usage, 'prompt_tokens', 'completion_tokens');
const responsesUsed = (usage: unknown) => openaiUsed(usage, 'input_tokens', 'output_tokens');

function messagesUsed(input: unknown, output: unknown): Tokens | undefined {
  if (input === undefined || output === undefined) return undefined;
  const cached = countAt(input, 'cache_read_input_tokens');
  const written = countAt(input, 'cache_creation_input_tokens');
  return {
    input: countAt(input, 'input_tokens') + cached + written,
    cached,
    written,
    output: countAt(output, 'output_tokens'),
    reasoning: 0,
  };
}

function geminiUsed(usage: unknown): Tokens | undefined {
  if (usage === undefined) return undefined;
  const reasoning = countAt(usage, 'thoughtsTokenCount');
  return {
    input: countAt(usage, 'promptTokenCount'),
    cached: countAt(usage, 'cachedContentTokenCount'),
    written: 0,
    output: countAt(usage, 'candidatesTokenCount') + reasoning,
    reasoning,
  };
}

function readJson(kind: Kind, whole: unknown): Answer {
  const responseId = textAt(whole, 'id');
  switch (kind) {
    case 'chat':
      return {
        responseId,
        text: textAt(whole, 'choices', 0, 'message', 'content'),
        used: chatUsed(at(whole, 'usage')),
      };
    case 'responses':
      return {
        responseId,
        text: textAt(whole, 'output', 0, 'content', 0, 'text'),
        used: responsesUsed(at(whole, 'usage')),
      };
    case 'messages':
      return {
        responseId,
        text: textAt(whole, 'content', 0, 'text'),
        used: messagesUsed(at(whole, 'usage'), at(whole, 'usage')),
      };
    case 'embeddings':
      return { responseId: '', text: '', used: chatUsed(at(whole, 'usage')) };
    default:
      return readGemini(Array.isArray(whole) ? whole : [whole]);
  }
}

function readGemini(parts: readonly unknown[]): Answer {
  const last = parts.at(-1);
  return {
    responseId: textAt(last, 'responseId'),
    text: parts.map((part) => textAt(part, 'candidates', 0, 'content', 'parts', 0, 'text')).join(''),
    used: geminiUsed(at(last, 'usageMetadata')),
  };
}

function readEvents(kind: Kind, events: readonly string[]): Answer | undefined {
  const objects = objectsOf(events);
  const ofType = (type: string) => objects.filter((object) => object.type === type);
  switch (kind) {
    case 'chat-stream': {
      if (!events.includes('[DONE]')) return undefined;
      const text = objects.map((chunk) => textAt(chunk, 'choices', 0, 'delta', 'content')).join('');
      const used = chatUsed(objects.map((chunk) => at(chunk, 'usage')).find((usage) => usage));
      return { responseId: textAt(objects[0], 'id'), text, used };
    }
    case 'responses-stream': {
      const [end] = ofType('response.completed');
      return end && readJson('responses', end.response);
    }
    case 'messages-stream': {
      if (ofType('message_stop').length === 0) return undefined;
      const [start, end] = [ofType('message_start')[0], ofType('message_delta')[0]];
      const used = messagesUsed(at(start, 'message', 'usage'), at(end, 'usage'));
      const text = ofType('content_block_delta').map((delta) => textAt(delta, 'delta', 'text'));
      return { responseId: textAt(start, 'message', 'id'), text: text.join(''), used };
    }
    default: {
      const ended = at(objects.at(-1), 'candidates', 0, 'finishReason') !== undefined;
      return ended ? readGemini(objects) : undefined;
    }
  }
}

const streams: ReadonlySet<Kind> = new Set([
  'chat-stream',
  'responses-stream',
  'messages-stream',
  'generate-events',
]);

/**
 * Decides as clients of the protocol do: by the marks of completeness in the body, not by the connection.
 * @returns undefined when the response is not complete
 */
export function readAnswer(kind: Kind, body: string): Answer | undefined {
  if (streams.has(kind)) return readEvents(kind, eventsIn(body));
  const whole = parsed(body);
  if (whole === undefined || isBroken(whole)) return undefined;
  return readJson(kind, whole);
}

/** An array can be closed after an element that reports an error. */
function isBroken(whole: unknown): boolean {
  return Array.isArray(whole) && whole.some((part) => at(part, 'error') !== undefined);
}
