/** Reads one event of OpenAI's realtime protocol, from either side. Pure. */
import { parseJson } from '../../domain/parse-json.ts';
import { JsonStructure } from '../../http/json-structure.ts';
import type { Clock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { countMembers } from '../json-bytes.ts';
import { outlineOf, withLongTexts } from '../json-outline.ts';
import type { JsonObject } from '../protocol.ts';

export interface RealtimeEvent {
  readonly type: string;
  /** Long strings of a long event are `LongText`s. */
  readonly json: JsonObject;
  /** As it came. */
  readonly bytes: Buffer;
}

/** Sound is one long text: an event of a client needs few parts, and parsing costs by the part. */
const structureLimits = {
  client: {
    names: limits.inline_json_names_max,
    values: limits.inline_json_values_max,
    depth: limits.model_json_depth_max,
  },
  upstream: {
    names: limits.model_json_names_max,
    values: limits.model_json_values_max,
    depth: limits.model_json_depth_max,
  },
} as const;

const invalid = (message: string) => new HalleyError('invalid_body', { message });
const tooManyParts = () =>
  invalid('The event has too many parts, or is nested too deep. Send less in one event.');

/**
 * @param bytes one text message, UTF-8
 * @param sender bounds the number of parts
 * @throws HalleyError('invalid_body') when it is no JSON object with one `type`, has too many parts, or has a name twice
 * at its top level: of two equal ones some parsers take the first and others the last
 */
export function readEvent(bytes: Buffer, sender: keyof typeof structureLimits = 'client'): RealtimeEvent {
  try {
    new JsonStructure(structureLimits[sender]).push(bytes);
  } catch {
    throw tooManyParts();
  }
  return eventOf(parseObject(bytes), bytes, bytes);
}

/** Whether it takes too long to read in one turn of the event loop. */
export const isLong = (bytes: Buffer): boolean => bytes.length > limits.inline_json_bytes_max;

/** Reads a long event over several turns of the event loop. Otherwise as `readEvent`; what its long strings hold is not checked. */
export async function readLongEvent(
  bytes: Buffer,
  sender: keyof typeof structureLimits,
  clock: Pick<Clock, 'soon'>,
): Promise<RealtimeEvent> {
  let outline: Buffer | undefined;
  try {
    outline = await outlineOf(bytes, structureLimits[sender], limits.inline_json_bytes_max, clock);
  } catch {
    throw tooManyParts();
  }
  if (!outline) throw tooManyParts();
  const json = parseObject(outline);
  withLongTexts(json);
  const event = eventOf(json, outline, bytes);
  return sender === 'upstream' && isRewritten.test(event.type) ? readEvent(bytes, sender) : event;
}

/** The gateway changes these, so it reads them whole. Clients cannot make them long: their own such events are not. */
const isRewritten = /^(session\.|error$)/;

/** @param parsed what `json` was parsed from */
function eventOf(json: JsonObject, parsed: Buffer, bytes: Buffer): RealtimeEvent {
  const names = Object.keys(json).map((name) => name.toLowerCase());
  if (new Set(names).size !== countMembers(parsed))
    throw invalid('The event has a name twice. Write each once.');
  const { type } = json;
  if (typeof type !== 'string' || type === '') throw invalid('The event has no "type". Set it.');
  return { type, json, bytes };
}

function parseObject(bytes: Buffer): JsonObject {
  let json: unknown;
  try {
    json = parseJson(bytes.toString('utf8'));
  } catch {
    throw invalid('The event is not valid JSON.');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalid('The event must be a JSON object.');
  }
  return json as JsonObject;
}

/** The id that the sender gave its event; undefined = none. */
export function eventIdOf({ event_id }: JsonObject): string | undefined {
  return typeof event_id === 'string' && event_id !== '' ? event_id : undefined;
}
