/** The usage that realtime events report. Pure. */
import { noUsage, type Usage } from '../../domain/usage.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject, countOf, sumOf } from '../usage/usage-shape.ts';

/**
 * The usage of `response.done`. Cached input is a part of the input, by kind where the upstream says so; where it does
 * not, sound counts as cached before text, so that nothing is charged as sound that may have been cached.
 * @returns undefined when nothing is reported
 */
export function responseUsage(response: JsonObject | undefined): Usage | undefined {
  const usage = asObject(response?.usage);
  if (!usage) return undefined;
  const input = asObject(usage.input_token_details) ?? {};
  const output = asObject(usage.output_token_details) ?? {};
  const inputTokens =
    countOf(usage.input_tokens) ?? sumOf(input.text_tokens, input.audio_tokens, input.image_tokens);
  const outputTokens = countOf(usage.output_tokens) ?? sumOf(output.text_tokens, output.audio_tokens);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const cachedTokens = countOf(input.cached_tokens) ?? 0;
  const byKind = asObject(input.cached_tokens_details);
  const audio = countOf(input.audio_tokens) ?? 0;
  const image = countOf(input.image_tokens) ?? 0;
  const cachedAudio = byKind ? (countOf(byKind.audio_tokens) ?? 0) : Math.min(audio, cachedTokens);
  const cachedImage = byKind
    ? (countOf(byKind.image_tokens) ?? 0)
    : Math.min(image, cachedTokens - cachedAudio);
  return {
    ...noUsage,
    inputTokens: inputTokens ?? 0,
    cachedTokens,
    audioInputTokens: Math.max(0, audio - cachedAudio),
    imageInputTokens: Math.max(0, image - cachedImage),
    outputTokens: outputTokens ?? 0,
    audioOutputTokens: countOf(output.audio_tokens) ?? 0,
    reasoningTokens: countOf(output.reasoning_tokens) ?? 0,
  };
}

/** What of the input and output of a response was sound, cached or not, in tokens. */
export function soundTokens(response: JsonObject | undefined): number {
  const usage = asObject(response?.usage);
  return (
    sumOf(
      asObject(usage?.input_token_details)?.audio_tokens,
      asObject(usage?.output_token_details)?.audio_tokens,
    ) ?? 0
  );
}

/**
 * The usage of a transcription: tokens, or seconds, of which a part counts as one.
 * @returns undefined when nothing is reported
 */
export function transcriptionUsage({ usage: reported }: JsonObject): Usage | undefined {
  const usage = asObject(reported);
  if (!usage) return undefined;
  const { seconds } = usage;
  if (typeof seconds === 'number' && seconds > 0 && seconds < 1e9) {
    return { ...noUsage, audioSeconds: Math.ceil(seconds) };
  }
  const details = asObject(usage.input_token_details);
  const inputTokens = countOf(usage.input_tokens);
  const outputTokens = countOf(usage.output_tokens);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    ...noUsage,
    inputTokens: inputTokens ?? 0,
    audioInputTokens: countOf(details?.audio_tokens) ?? 0,
    outputTokens: outputTokens ?? 0,
  };
}
