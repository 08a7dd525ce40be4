/** Finds the name of the conversation to which a request belongs, so that its turns share one upstream's cache. Pure. */
import { limits } from '../../platform/limits.ts';
import type { JsonObject } from '../protocol.ts';
import { objectIn } from './request-media.ts';

/** Where the requests of a protocol say it. */
interface ConversationPlaces {
  /** The names that the client itself gives, the best first. */
  names(body: JsonObject): readonly unknown[];
  readonly turns: 'messages' | 'input' | 'contents';
}

export type ReadConversation = (body: JsonObject, bodyBytes: number) => string | undefined;

/** Instructions come before the first turn of the user; more of them are not looked through. */
const turnsSearched = 32;

/**
 * Reads the client's own name of the conversation, else how its first turn begins.
 * @returns undefined when there is none, or the request is so short that no provider caches it
 */
function conversationReader({ names, turns }: ConversationPlaces): ReadConversation {
  return (body, bodyBytes) => {
    for (const name of names(body)) {
      if (typeof name === 'string' && name !== '') return name.slice(0, limits.conversation_chars_max);
    }
    return bodyBytes < limits.cacheable_body_bytes_min ? undefined : firstWords(body[turns]);
  };
}

/** How the first turn of the user begins. */
function firstWords(turns: unknown): string | undefined {
  if (!Array.isArray(turns)) return textIn(turns);
  for (let index = 0; index < turns.length && index < turnsSearched; index += 1) {
    const turn: JsonObject | undefined = turns[index];
    if (typeof turn !== 'object' || turn === null) continue;
    // Gemini's turns of the user may leave the role out.
    if (turn.role !== 'user' && turn.role !== undefined) continue;
    const text = textIn(turn.content ?? turn.parts);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** @param content a text, or parts of which the first text counts */
function textIn(content: unknown): string | undefined {
  const parts: readonly unknown[] = Array.isArray(content) ? content.slice(0, turnsSearched) : [content];
  for (const part of parts) {
    const text = typeof part === 'object' && part !== null ? (part as JsonObject).text : part;
    if (typeof text === 'string' && text !== '') return text.slice(0, limits.conversation_chars_max);
  }
  return undefined;
}

export const chatConversation = conversationReader({
  names: ({ prompt_cache_key: key }) => [key],
  turns: 'messages',
});

export const responsesConversation = conversationReader({
  names: (body) => [body.prompt_cache_key, body.conversation, objectIn(body, 'conversation')?.id],
  turns: 'input',
});

/** Claude Code writes the session into `metadata.user_id`. */
export const messagesConversation = conversationReader({
  names: (body) => [objectIn(body, 'metadata')?.user_id],
  turns: 'messages',
});

export const contentsConversation = conversationReader({
  names: ({ cachedContent, cached_content: cached }) => [cachedContent, cached],
  turns: 'contents',
});

/**
 * Request headers (lower case) with which clients name their session: Claude Code; Codex, now and before; others;
 * opencode.
 */
const sessionHeaders = [
  'x-claude-code-session-id',
  'session-id',
  'session_id',
  'x-session-id',
  'x-session-affinity',
] as const;

/** @param headers by lower-case name, as Node gives them */
export function sessionIn(headers: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of sessionHeaders) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') return value.slice(0, limits.conversation_chars_max);
  }
  return undefined;
}
