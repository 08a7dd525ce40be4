/** Charges pictures whose tokens were not reported. Pure. */
import type { ModelRates } from '../domain/rates.ts';
import { abortedOutcomes, type RequestOutcome, wholeOutcomes } from '../domain/request-outcome.ts';
import { limits } from '../platform/limits.ts';
import type { Output } from '../protocols/usage/usage-reader.ts';

/** Whether a price charges pictures by the piece. */
export function hasImageRate({ image, variants }: ModelRates): boolean {
  return image > 0 || Object.values(variants).some((variant) => Boolean(variant.image));
}

/**
 * Pictures whose tokens were not reported. One of which the client took an earlier stage before it left is charged whole,
 * since the upstream has made it; where the upstream broke off, only the stages are. A whole response that could not be
 * read has as many as were asked for.
 */
export function countedImages(
  { images, partialImages = 0, isUnread = false }: Output,
  outcome: RequestOutcome,
  asked: number,
) {
  const isBegun = partialImages > 0 && abortedOutcomes.some((aborted) => aborted === outcome);
  const isAll = isUnread && wholeOutcomes.some((end) => end === outcome);
  const whole = isAll ? asked : images + (isBegun ? 1 : 0);
  const stages = isBegun ? 0 : partialImages;
  const imageTokens = whole * limits.image_output_tokens + stages * limits.partial_image_output_tokens;
  return { images: Math.min(whole, asked), imageTokens };
}
