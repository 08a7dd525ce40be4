/** Why responses end, in Gemini's words (facts, section 8). Pure data. */
import type { EndReason } from '../form/response.ts';

/** Whatever is not here is no end that a model comes to by itself: an error, and never `stop`. */
const ends: ReadonlyMap<string, EndReason> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['CONTINUATION', 'paused'],
  ...[
    ...(['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII'] as const),
    ...(['IMAGE_SAFETY', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION'] as const),
  ].map((reason) => [reason, 'refusal'] as const),
]);

/**
 * @param calls whether the response has calls: Gemini says STOP for them too
 * @returns undefined for a failure
 */
export function readFinishReason(reason: string, calls: boolean): EndReason | undefined {
  const end = ends.get(reason);
  return end === 'stop' && calls ? 'tool-calls' : end;
}

/** With CONTINUATION Google's client asks again by a token, which only Gemini makes. */
export const finishReasons: Readonly<Record<EndReason, string>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  'tool-calls': 'STOP',
  length: 'MAX_TOKENS',
  refusal: 'SAFETY',
  paused: 'OTHER',
};
