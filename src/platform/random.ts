/** The randomness port: the source of all secrets and ids. */
import { randomBytes } from 'node:crypto';

/** Returns `size` cryptographically random bytes. */
export type RandomBytes = (size: number) => Uint8Array;

export const systemRandom: RandomBytes = (size) => randomBytes(size);
