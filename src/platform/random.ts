/** The randomness port: every secret and id is made from it. */
import { randomBytes } from 'node:crypto';

/** Fills and returns `size` cryptographically random bytes. */
export type RandomBytes = (size: number) => Uint8Array;

export const systemRandom: RandomBytes = (size) => randomBytes(size);
