/**
 * What requests of Gemini's protocol may use. Pure. Names are those of the Gemini API reference; Google's reader
 * takes each in snake_case too, and numbers as strings (the JSON form of protocol buffers).
 */
import { noPieces, noToolCalls } from '../../domain/usage.ts';
import { valuesOf } from '../json-bytes.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
import { contentsConversation } from './conversation.ts';
import { insertion, keysNamed, limitIn, type OutputLimit } from './output-limit.ts';
import {
  choicesOf,
  inputBound,
  outputSet,
  type RequestReading,
  tiersOf,
  valuesNamed,
} from './request-bound.ts';
import { isMediaType, type MediaPlaces, objectIn, payloadOfData } from './request-media.ts';
import { textOf } from './request-text.ts';
import { geminiToolCalls } from './tool-call-bound.ts';

function payloadOf(part: JsonObject): string | undefined {
  const inline = objectIn(part, 'inlineData', 'inline_data');
  if (inline)
    return isMediaType(inline.mimeType ?? inline.mime_type) ? payloadOfData(inline.data) : undefined;
  return objectIn(part, 'fileData', 'file_data') && '';
}

const inContents: MediaPlaces = {
  roots: ['contents', 'content', 'requests', 'systemInstruction', 'system_instruction'],
  inner: ['parts', 'content', 'functionResponse', 'function_response'],
  payloadOf,
};

const configNames = ['generationconfig', 'generation_config'] as const;
const limitField = 'generationConfig.maxOutputTokens';
const limitNames = ['maxoutputtokens', 'max_output_tokens'] as const;

/** The numbers by any of the names, however they and the configuration are spelled. */
function configured(body: JsonObject, ...names: readonly string[]): readonly unknown[] {
  const configs = valuesNamed(body, ...configNames);
  return configs.flatMap((config) => valuesNamed(asObject(config), ...names));
}

function outputLimit(body: JsonObject, bytes: Buffer): OutputLimit | undefined {
  const [key, ...more] = keysNamed(body, configNames);
  if (key === undefined) {
    const place = insertion(bytes, '"generationConfig":{"maxOutputTokens":', '}');
    return { field: limitField, thinkingTokens: 0, places: [place] };
  }
  const config = asObject(body[key]);
  const [span] = valuesOf(bytes, key);
  if (!config || !span || more.length > 0) return undefined;
  const limit = limitIn(config, bytes.subarray(span.start, span.end), limitNames, 'maxOutputTokens');
  return (
    limit && {
      field: limitField,
      thinkingTokens: outputSet(...thinkingBudgets(config)) ?? 0,
      places: limit.places.map((place) => ({
        ...place,
        start: span.start + place.start,
        end: span.start + place.end,
      })),
    }
  );
}

function thinkingBudgets(config: JsonObject): readonly unknown[] {
  const configs = valuesNamed(config, 'thinkingconfig', 'thinking_config');
  return configs.flatMap((thinking) => valuesNamed(asObject(thinking), 'thinkingbudget', 'thinking_budget'));
}

function tiersIn(body: JsonObject): readonly string[] {
  return tiersOf(valuesNamed(body, 'servicetier', 'service_tier'), []);
}

export const generateRequest: RequestReading = {
  bound: (body, bodyBytes) => ({
    ...inputBound(body, bodyBytes, inContents),
    outputTokens: outputSet(...configured(body, ...limitNames)),
    choices: choicesOf(1, ...configured(body, 'candidatecount', 'candidate_count')),
    pieces: noPieces,
    tiers: tiersIn(body),
    toolCalls: geminiToolCalls(body),
  }),
  text: (body) => textOf(body, inContents),
  conversation: contentsConversation,
  outputLimit,
};

export const embedRequest: RequestReading = {
  text: generateRequest.text,
  bound: (body, bodyBytes) => ({
    ...inputBound(body, bodyBytes, inContents),
    outputTokens: 0,
    choices: 1,
    pieces: noPieces,
    tiers: tiersIn(body),
    toolCalls: noToolCalls,
  }),
};
