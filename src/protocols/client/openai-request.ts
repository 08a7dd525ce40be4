/** What requests of OpenAI's protocol may use. Pure. Names are those of OpenAI's API reference. */
import type { JsonObject } from '../protocol.ts';
import { chatConversation, responsesConversation } from './conversation.ts';
import {
  choicesOf,
  inputBound,
  outputSet,
  type RequestReading,
  textBound,
  valuesNamed,
} from './request-bound.ts';
import { type MediaPlaces, objectIn, payloadOfData, payloadOfUrl } from './request-media.ts';
import { textOf } from './request-text.ts';

function payloadOf(part: JsonObject): string | undefined {
  switch (part.type) {
    case 'image_url':
    case 'video_url':
      return payloadOfUrl(objectIn(part, part.type)?.url ?? part[part.type]);
    case 'input_image':
    case 'computer_screenshot':
      return payloadOfUrl(part.image_url);
    case 'input_audio':
      return payloadOfData(objectIn(part, 'input_audio')?.data);
    case 'file':
      return payloadOfUrl(objectIn(part, 'file')?.file_data);
    case 'input_file':
      return payloadOfUrl(part.file_data);
    case 'image_generation_call':
      return payloadOfData(part.result);
    default:
      return undefined;
  }
}

const inMessages: MediaPlaces = { roots: ['messages'], inner: ['content'], payloadOf };
const inInput: MediaPlaces = { roots: ['input'], inner: ['content', 'output'], payloadOf };
/** Requests that are text alone. */
const nowhere: MediaPlaces = { roots: ['prompt', 'input'], inner: [], payloadOf: () => undefined };

/** What is rejected of a predicted output is paid as output, beside what the limit allows. */
function withPrediction(body: JsonObject, bodyBytes: number, outputTokens: number | undefined) {
  return outputTokens !== undefined && objectIn(body, 'prediction') ? outputTokens + bodyBytes : outputTokens;
}

export const chatRequest: RequestReading = {
  bound: (body, bodyBytes) => ({
    ...inputBound(body, bodyBytes, inMessages),
    outputTokens: withPrediction(
      body,
      bodyBytes,
      outputSet(...valuesNamed(body, 'max_completion_tokens', 'max_tokens')),
    ),
    choices: choicesOf(1, ...valuesNamed(body, 'n')),
    images: 0,
  }),
  text: (body) => textOf(body, inMessages),
  conversation: chatConversation,
};

/** A list of numbers is one prompt, written in tokens. */
function promptsIn({ prompt }: JsonObject): number {
  return Array.isArray(prompt) && typeof prompt[0] !== 'number' ? Math.max(1, prompt.length) : 1;
}

export const completionRequest: RequestReading = {
  bound: (body, bodyBytes) => ({
    ...textBound(bodyBytes),
    outputTokens: outputSet(...valuesNamed(body, 'max_tokens')),
    // All of `best_of` are written, though only `n` are sent.
    choices: choicesOf(promptsIn(body), ...valuesNamed(body, 'n', 'best_of')),
    images: 0,
  }),
  text: (body) => textOf(body, nowhere),
};

export const responsesRequest: RequestReading = {
  bound: (body, bodyBytes) => ({
    ...inputBound(body, bodyBytes, inInput),
    outputTokens: outputSet(...valuesNamed(body, 'max_output_tokens')),
    choices: 1,
    images: 0,
  }),
  text: (body) => textOf(body, inInput),
  conversation: responsesConversation,
};

export const embeddingsRequest: RequestReading = {
  bound: (_body, bodyBytes) => ({ ...textBound(bodyBytes), outputTokens: 0, choices: 1, images: 0 }),
  text: (body) => textOf(body, nowhere),
};

export const imagesRequest: RequestReading = {
  bound: (body, bodyBytes) => {
    const images = choicesOf(1, ...valuesNamed(body, 'n'));
    return { ...textBound(bodyBytes), outputTokens: undefined, choices: images, images };
  },
  text: (body) => textOf(body, nowhere),
};
