/** Cheap, evenly distributed numbers for choosing among channels. */
import type { RandomBytes } from '../platform/random.ts';

const blockBytes = 4096;

/** @returns a function that returns a number from 0 up to but not including 1, in steps of 2^-32 */
export function drawsFrom(random: RandomBytes): () => number {
  let block = Buffer.alloc(0);
  let offset = 0;
  return () => {
    if (offset >= block.length) {
      // Requesting random bytes from the system costs microseconds, even for a few bytes.
      block = Buffer.from(random(blockBytes));
      offset = 0;
    }
    offset += 4;
    return block.readUInt32BE(offset - 4) / 2 ** 32;
  };
}
