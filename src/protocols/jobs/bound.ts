/** The most that a job may use: what is reserved before it is submitted. Pure. */
import type { Pieces } from '../../domain/usage.ts';

export interface JobBound {
  /** What is priced by the piece. A price may have a fee for the request besides. */
  readonly pieces: Pieces;
  /** What is made, as `variantName` names it; '' = no matter of the price. */
  readonly variant: string;
}

/** More than any vendor makes; what it multiplies to is still a safe integer. */
const mostSeconds = 2 ** 20;

/**
 * Reads a number of seconds: `8`, `"8"`, `"7.5s"`. A part of a second counts as one.
 * @returns `usual` where the value is none
 */
export function secondsOf(value: unknown, usual: number): number {
  const seconds = typeof value === 'string' ? Number.parseFloat(value) : value;
  if (typeof seconds !== 'number' || !(seconds > 0)) return usual;
  return Math.min(Math.ceil(seconds), mostSeconds);
}
