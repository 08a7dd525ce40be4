/** The text of a request, as its tokens are counted. Pure. */
import { limits } from '../../platform/limits.ts';
import type { JsonObject, RequestText } from '../protocol.ts';
import { type MediaPlaces, mediaIn } from './request-media.ts';

/** Top-level members that steer the request, and are not read by the model. */
const steering: ReadonlySet<string> = new Set([
  'model',
  'user',
  'metadata',
  'stop',
  'stop_sequences',
  'stream_options',
  'service_tier',
  'tool_choice',
  'safety_identifier',
  'prompt_cache_key',
  'previous_response_id',
  'conversation',
  'safetySettings',
  'encoding_format',
]);

/** Members of content whose names and values only tell what it is. */
const framing: ReadonlySet<string> = new Set([
  'role',
  'type',
  'id',
  'call_id',
  'tool_call_id',
  'tool_use_id',
  'cache_control',
  'signature',
  'thoughtSignature',
  'detail',
  'status',
]);

/** Members of content whose values the model reads without their names. */
const wrapping: ReadonlySet<string> = new Set([
  'content',
  'parts',
  'text',
  'thinking',
  'output',
  'name',
  'function',
  'arguments',
  'tool_calls',
]);

/** Members of content that hold free JSON, of which the model reads the names as well. */
const free: ReadonlySet<string> = new Set(['input', 'args', 'response', 'functionCall', 'functionResponse']);

/**
 * A message has a start, a role and an end, and the response a start: OpenAI's guide to counting tokens has 3 for a
 * message and 3 for the response, and one for the role.
 */
const messageTokens = 4;
const framingTokens = 3;
/** Quotes, colon and comma of a member. */
const memberTokens = 2;

interface Open {
  readonly value: unknown;
  /** Whether this is free JSON, such as a schema. */
  readonly isFree: boolean;
}

/** Everything a model reads in the request, a line for each string; media count `limits.media_tokens`. */
export function textOf(body: JsonObject, places: MediaPlaces): RequestText {
  const { parts, count } = mediaIn(body, places);
  const texts: string[] = [];
  let extraTokens = framingTokens + count * limits.media_tokens;
  const open: Open[] = [];
  for (const key of Object.keys(body).reverse()) {
    const value = body[key];
    if (steering.has(key) || (typeof value !== 'string' && typeof value !== 'object')) continue;
    const isContent = places.roots.includes(key);
    if (isContent && Array.isArray(value)) {
      extraTokens += messageTokens * value.filter((item) => typeof item === 'object').length;
    }
    open.push({ value, isFree: !isContent });
  }
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, isFree } = next;
    if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'number' || typeof value === 'boolean') {
      // In content a number is a token that the client has made itself.
      if (isFree) texts.push(String(value));
      else extraTokens++;
    } else if (Array.isArray(value)) {
      for (let index = value.length - 1; index >= 0; index--) open.push({ value: value[index], isFree });
    } else if (typeof value === 'object' && value !== null && !parts.has(value as JsonObject)) {
      extraTokens += openMembers(value as JsonObject, isFree, open);
    }
  }
  return { text: texts.join('\n'), extraTokens };
}

/** @returns the tokens of the marks around the members */
function openMembers(object: JsonObject, isFree: boolean, open: Open[]): number {
  let extraTokens = 0;
  for (const key of Object.keys(object).reverse()) {
    if (!isFree && framing.has(key)) continue;
    open.push({ value: object[key], isFree: isFree || free.has(key) });
    if (!isFree && wrapping.has(key)) continue;
    open.push({ value: key, isFree: true });
    extraTokens += memberTokens;
  }
  return extraTokens;
}
