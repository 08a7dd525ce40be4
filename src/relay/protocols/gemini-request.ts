/**
 * What requests of Gemini's protocol may use. Pure. Names are those of the Gemini API reference; Google's reader
 * takes each in snake_case too, and numbers as strings (the JSON form of protocol buffers).
 */
import { geminiEnd } from './end-marks.ts';
import type { JsonObject } from './protocol.ts';
import { answersSet, inputBound, nothingToAsk, outputSet, type RequestReading } from './request-bound.ts';
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

const numberIn = (value: unknown) =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;

/** The numbers by any of the names in either spelling of the configuration. */
function configured(body: JsonObject, ...names: readonly string[]): readonly unknown[] {
  const configs = [objectIn(body, 'generationConfig'), objectIn(body, 'generation_config')];
  return configs.flatMap((config) => names.map((name) => numberIn(config?.[name])));
}

export const generateRequest: RequestReading = {
  bound: (body, bodyBytes) => ({
    ...inputBound(body, bodyBytes, inContents),
    outputTokens: outputSet(...configured(body, 'maxOutputTokens', 'max_output_tokens')),
    answers: answersSet(1, ...configured(body, 'candidateCount', 'candidate_count')),
    images: 0,
  }),
  text: (body) => textOf(body, inContents),
  askForUsage: nothingToAsk,
  marks: geminiEnd,
};

export const embedRequest: RequestReading = {
  ...generateRequest,
  bound: (body, bodyBytes) => ({
    ...inputBound(body, bodyBytes, inContents),
    outputTokens: 0,
    answers: 1,
    images: 0,
  }),
};
