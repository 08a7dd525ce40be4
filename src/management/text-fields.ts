/** Schemas of text fields; lengths are in characters (code points). */
import { z } from 'zod';
import { characterFault, isLongerThan } from '../domain/text-rules.ts';

/** No control characters, and no half of a surrogate pair. */
export const linePattern = '^[^\\p{Cc}\\p{Cs}]*$';

/** Any text of that length. */
export function charactersField(max: number, min = 0): z.ZodString {
  return z
    .string()
    .refine((text) => [...text.slice(0, 2 * min)].length >= min, `must have at least ${min} characters`)
    .refine((text) => !isLongerThan(text, max), `must have at most ${max} characters`)
    .meta({ maxLength: max, ...(min > 0 && { minLength: min }) });
}

/** As `charactersField`, on one line. */
export function lineField(max: number, min = 0): z.ZodString {
  return charactersField(max, min)
    .refine((text) => characterFault(text) === undefined, 'must not hold control characters')
    .meta({ pattern: linePattern, maxLength: max, ...(min > 0 && { minLength: min }) });
}
