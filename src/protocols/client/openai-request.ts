/** What requests of OpenAI's protocol may use. Pure. Names are those of OpenAI's API reference. */
import { noPieces, noToolCalls } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';
import { chatConversation, responsesConversation } from './conversation.ts';
import { limitIn, type OutputLimit } from './output-limit.ts';
import {
  choicesOf,
  inputBound,
  outputSet,
  type RequestReading,
  textBound,
  tiersOf,
  valuesNamed,
} from './request-bound.ts';
import { type MediaPlaces, objectIn, payloadOfData, payloadOfUrl } from './request-media.ts';
import { textOf } from './request-text.ts';
import { chatToolCalls, responsesToolCalls } from './tool-call-bound.ts';

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

/** Budgets as OpenRouter and DeepSeek take them, beside OpenAI's efforts. */
function withThinking(
  limit: Pick<OutputLimit, 'field' | 'places'> | undefined,
  body: JsonObject,
): OutputLimit | undefined {
  const { max_tokens } = objectIn(body, 'reasoning') ?? {};
  const { budget_tokens } = objectIn(body, 'thinking') ?? {};
  return limit && { ...limit, thinkingTokens: outputSet(max_tokens, budget_tokens) ?? 0 };
}

/** A project may be set to one of these for requests that name none. `fast` is another name of `priority`. */
function tiersIn(body: JsonObject): readonly string[] {
  const values = valuesNamed(body, 'service_tier').map((value) => (value === 'fast' ? 'priority' : value));
  return tiersOf(values, ['priority', 'scale']);
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
    pieces: noPieces,
    tiers: tiersIn(body),
    toolCalls: chatToolCalls(body),
  }),
  text: (body) => textOf(body, inMessages),
  conversation: chatConversation,
  // Without a limit there is none to lower: models disagree on its name.
  outputLimit: (body, bytes) =>
    objectIn(body, 'prediction')
      ? undefined
      : withThinking(limitIn(body, bytes, ['max_completion_tokens', 'max_tokens']), body),
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
    pieces: noPieces,
    tiers: tiersIn(body),
    toolCalls: noToolCalls,
  }),
  text: (body) => textOf(body, nowhere),
  // Without a limit an upstream writes few tokens.
  outputLimit: (body, bytes) => withThinking(limitIn(body, bytes, ['max_tokens']), body),
};

export const responsesRequest: RequestReading = {
  bound: (body, bodyBytes) => ({
    ...inputBound(body, bodyBytes, inInput),
    outputTokens: outputSet(...valuesNamed(body, 'max_output_tokens')),
    choices: 1,
    pieces: noPieces,
    tiers: tiersIn(body),
    toolCalls: responsesToolCalls(body),
  }),
  text: (body) => textOf(body, inInput),
  conversation: responsesConversation,
  outputLimit: (body, bytes) =>
    withThinking(limitIn(body, bytes, ['max_output_tokens'], 'max_output_tokens'), body),
};

export const embeddingsRequest: RequestReading = {
  bound: (body, bodyBytes) => ({
    ...textBound(bodyBytes),
    outputTokens: 0,
    choices: 1,
    pieces: noPieces,
    tiers: tiersIn(body),
    toolCalls: noToolCalls,
  }),
  text: (body) => textOf(body, nowhere),
};

export const moderationRequest: RequestReading = {
  bound: (body, bodyBytes) => ({
    ...inputBound(body, bodyBytes, inInput),
    outputTokens: 0,
    choices: 1,
    pieces: noPieces,
    tiers: [],
    toolCalls: noToolCalls,
  }),
  text: (body) => textOf(body, inInput),
};
