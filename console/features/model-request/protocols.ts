/** Builds model requests of the protocols that the gateway speaks, from one description of a conversation. Pure. */

import type { ProtocolId } from './protocol-ids.ts';

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** Only what is given is sent. */
export interface Parameters {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
}

export interface Conversation {
  readonly model: string;
  /** '' = none. */
  readonly system: string;
  readonly turns: readonly Turn[];
  readonly parameters: Parameters;
  readonly stream: boolean;
}

export type Json = Readonly<Record<string, unknown>>;

/** A request without its key. */
export interface ModelRequest {
  /** Path and query, from the gateway's address. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** The protocol requires a limit. */
const anthropicMaxTokens = 4096;

/** The parameters that the protocol has. */
export function parametersOf(protocol: ProtocolId): readonly (keyof Parameters)[] {
  return protocol === 'openai' || protocol === 'gemini'
    ? ['temperature', 'topP', 'maxTokens', 'seed']
    : ['temperature', 'topP', 'maxTokens'];
}

const builders: Readonly<Record<ProtocolId, (conversation: Conversation) => ModelRequest>> = {
  openai: chatRequest,
  'openai-response': responsesRequest,
  anthropic: messagesRequest,
  gemini: geminiRequest,
};

export function requestOf(protocol: ProtocolId, conversation: Conversation): ModelRequest {
  return builders[protocol](conversation);
}

function chatRequest({ model, system, turns, parameters, stream }: Conversation): ModelRequest {
  const { temperature, topP, maxTokens, seed } = parameters;
  const messages = turns.map(({ role, text }) => ({ role, content: text }));
  return {
    path: '/v1/chat/completions',
    headers: {},
    body: given({
      model,
      messages: system === '' ? messages : [{ role: 'system', content: system }, ...messages],
      temperature,
      top_p: topP,
      max_completion_tokens: maxTokens,
      seed,
      stream: stream || undefined,
    }),
  };
}

function responsesRequest({ model, system, turns, parameters, stream }: Conversation): ModelRequest {
  const { temperature, topP, maxTokens } = parameters;
  return {
    path: '/v1/responses',
    headers: {},
    body: given({
      model,
      instructions: system || undefined,
      input: turns.map(({ role, text }) => ({ role, content: text })),
      temperature,
      top_p: topP,
      max_output_tokens: maxTokens,
      stream: stream || undefined,
    }),
  };
}

function messagesRequest({ model, system, turns, parameters, stream }: Conversation): ModelRequest {
  const { temperature, topP, maxTokens = anthropicMaxTokens } = parameters;
  return {
    path: '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
    body: given({
      model,
      max_tokens: maxTokens,
      system: system || undefined,
      messages: turns.map(({ role, text }) => ({ role, content: text })),
      temperature,
      top_p: topP,
      stream: stream || undefined,
    }),
  };
}

function geminiRequest({ model, system, turns, parameters, stream }: Conversation): ModelRequest {
  const { temperature, topP, maxTokens, seed } = parameters;
  const config = given({ temperature, topP, maxOutputTokens: maxTokens, seed });
  const verb = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  return {
    path: `/v1beta/models/${encodeURIComponent(model)}:${verb}`,
    headers: {},
    body: given({
      contents: turns.map(({ role, text }) => ({
        role: role === 'user' ? 'user' : 'model',
        parts: [{ text }],
      })),
      systemInstruction: system === '' ? undefined : { parts: [{ text: system }] },
      generationConfig: Object.keys(config).length === 0 ? undefined : config,
    }),
  };
}

/** Without the members that are undefined. */
function given(members: Json): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
