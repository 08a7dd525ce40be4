/** What requests of OpenAI's audio endpoints may use. Pure. Names are those of OpenAI's API reference. */
import { noPieces, noToolCalls, noUsage } from '../../domain/usage.ts';
import type { JsonObject, RequestBound } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
import { type RequestReading, textBound } from './request-bound.ts';

/**
 * Tokens of sound, by what OpenAI's prices for a minute and for a million tokens say: about 21 a second spoken, 17 heard.
 * People speak some 14 characters and 3 tokens of text a second.
 */
const spokenTokensPerCharacter = 1.5;
const heardTokensPerSecond = 17;
const writtenTokensPerSecond = 4;
/** How far a request may be beyond these. */
const margin = 2;
const leastTokens = 200;
const bytesPerToken = 4;

/** Unicode code points, as providers count them. */
function charactersIn(text: unknown): number {
  let count = 0;
  if (typeof text === 'string') for (const _ of text) count += 1;
  return count;
}

/** Slow speech is longer. */
function slowness(speed: unknown): number {
  return typeof speed === 'number' && speed > 0 ? Math.max(1, 1 / speed) : 1;
}

function speechBound(body: JsonObject, bodyBytes: number): RequestBound {
  const characters = charactersIn(body.input);
  const spoken = Math.ceil(characters * spokenTokensPerCharacter * slowness(body.speed));
  return {
    ...textBound(bodyBytes),
    outputTokens: spoken * margin + leastTokens,
    choices: 1,
    pieces: { ...noPieces, characters },
    tiers: [],
    toolCalls: noToolCalls,
    unreported: {
      isExact: true,
      usage: {
        ...noUsage,
        characters,
        inputTokens: Math.ceil(bodyBytes / bytesPerToken),
        outputTokens: spoken,
        audioOutputTokens: spoken,
      },
    },
  };
}

export const speechRequest: RequestReading = {
  bound: speechBound,
  text: ({ input, instructions }) => ({
    text: [input, instructions].filter((text) => typeof text === 'string').join('\n'),
    extraTokens: 0,
  }),
};

/** The measured length of the file, which the gateway adds to the fields of the form. */
function secondsOf({ file }: JsonObject): number {
  const seconds = asObject(file)?.seconds;
  return typeof seconds === 'number' ? seconds : 0;
}

function transcriptionBound(body: JsonObject, bodyBytes: number): RequestBound {
  const audioSeconds = secondsOf(body);
  const heard = audioSeconds * heardTokensPerSecond;
  const written = audioSeconds * writtenTokensPerSecond;
  const mediaTokens = heard * margin;
  return {
    inputTokens: bodyBytes + mediaTokens,
    mediaTokens,
    outputTokens: written * margin + leastTokens,
    choices: 1,
    pieces: { ...noPieces, audioSeconds },
    tiers: [],
    toolCalls: noToolCalls,
    unreported: {
      isExact: false,
      usage: {
        ...noUsage,
        audioSeconds,
        inputTokens: heard,
        audioInputTokens: heard,
        outputTokens: written,
      },
    },
  };
}

/** Of transcriptions and translations. */
export const transcriptionRequest: RequestReading = {
  bound: transcriptionBound,
  text: (body) => ({
    text: typeof body.prompt === 'string' ? body.prompt : '',
    extraTokens: secondsOf(body) * heardTokensPerSecond * margin,
  }),
};
