/**
 * What requests of Gemini's protocol may use. Pure. Names are those of the Gemini API reference; Google's reader
 * takes each in snake_case too, and numbers as strings (the JSON form of protocol buffers).
 */
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
import { contentsConversation } from './conversation.ts';
import { choicesOf, inputBound, outputSet, type RequestReading, valuesNamed } from './request-bound.ts';
import { isMediaType, type MediaPlaces, objectIn, payloadOfData } from './request-media.ts';
import { textOf } from './request-text.ts';

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

/** The numbers by any of the names, however they and the configuration are spelled. */
function configured(body: JsonObject, ...names: readonly string[]): readonly unknown[] {
  const configs = valuesNamed(body, 'generationconfig', 'generation_config');
  return configs.flatMap((config) => valuesNamed(asObject(config), ...names));
}

export const generateRequest: RequestReading = {
  bound: (body, bodyBytes) => ({
    ...inputBound(body, bodyBytes, inContents),
    outputTokens: outputSet(...configured(body, 'maxoutputtokens', 'max_output_tokens')),
    choices: choicesOf(1, ...configured(body, 'candidatecount', 'candidate_count')),
    images: 0,
  }),
  text: (body) => textOf(body, inContents),
  conversation: contentsConversation,
};

export const embedRequest: RequestReading = {
  ...generateRequest,
  bound: (body, bodyBytes) => ({
    ...inputBound(body, bodyBytes, inContents),
    outputTokens: 0,
    choices: 1,
    images: 0,
  }),
};
