/**
 * Carries signatures in `thoughtSignature`. Google's clients decode this field as base64, so whatever is not Gemini's own
 * travels as the base64 of the wrapped text. Pure.
 */
import { carrierPrefix, unwrap, wrap } from '../carrier.ts';
import type { Carried } from '../form/request.ts';

const redactedPrefix = 'redacted.';

/** What Google's page on thought signatures names for histories that are not from Gemini. */
export const foreignSignature = 'skip_thought_signature_validator';

export interface Signature {
  readonly carried: Carried;
  /** Whether the reasoning has only an encrypted text (`redacted_thinking`). */
  readonly isRedacted: boolean;
}

export function writeSignature(carried: Carried, isRedacted = false): string {
  const text = wrap(carried, 'gemini');
  if (carried.provider === 'gemini') return text;
  return Buffer.from(isRedacted ? redactedPrefix + text : text).toString('base64');
}

/** @param text of `thoughtSignature`: Gemini's own, or one that was wrapped here */
export function readSignature(text: string): Signature {
  const decoded = Buffer.from(text, 'base64').toString();
  const isRedacted = decoded.startsWith(redactedPrefix);
  const wrapped = isRedacted ? decoded.slice(redactedPrefix.length) : decoded;
  if (!wrapped.startsWith(carrierPrefix)) {
    return { carried: { provider: 'gemini', blob: text }, isRedacted: false };
  }
  return { carried: unwrap(wrapped, 'gemini'), isRedacted };
}

/** Whether it was wrapped here for another provider. */
export const isForeignSignature = (text: string): boolean =>
  readSignature(text).carried.provider !== 'gemini';
