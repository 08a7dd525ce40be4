/** Usage reports of speech and transcriptions (OpenAI: "createSpeech", "createTranscription"). Pure. */
import type { JsonObject } from '../protocol.ts';
import { readerOf } from './reader-of.ts';
import { asObject, countOf, type PartialUsage, type UsageShape } from './usage-shape.ts';

/** Longest sound that a report may name, in seconds: beyond any upload. */
const secondsMax = 2 ** 31;

function read(body: JsonObject): PartialUsage | undefined {
  const usage = asObject(body.usage);
  if (!usage) return undefined;
  if (usage.type === 'duration') return { outputTokens: 0, audioSeconds: secondsOf(usage.seconds) };
  const inputTokens = countOf(usage.input_tokens);
  if (inputTokens === undefined) return undefined;
  const outputTokens = countOf(usage.output_tokens);
  return {
    inputTokens,
    audioInputTokens: countOf(asObject(usage.input_token_details)?.audio_tokens),
    outputTokens,
  };
}

function secondsOf(reported: unknown): number | undefined {
  const isTime = typeof reported === 'number' && reported > 0 && reported <= secondsMax;
  return isTime ? Math.ceil(reported) : undefined;
}

const transcription: UsageShape = {
  needle: Buffer.from('usage"'),
  key: Buffer.from('"usage"'),
  eventDepth: 1,
  cacheBesideInput: false,
  idKey: 'id',
  tierNeedle: undefined,
  toolCalls: undefined,
  // The output is not counted where it is not reported: the length of the sound tells what it cost.
  outputKey: Buffer.from('\u0000'),
  addTexts: () => {},
  read,
};

/** Of transcriptions and translations: tokens, or seconds of sound. */
export const transcriptionUsageReader = readerOf(transcription);

/** All tokens that come out are sound. */
export const speechUsageReader = readerOf({
  ...transcription,
  read(body) {
    const usage = read(body);
    return usage && { ...usage, audioOutputTokens: usage.outputTokens };
  },
});
