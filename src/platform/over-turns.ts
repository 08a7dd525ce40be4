/** Walks many bytes without holding up the event loop. */
import type { Clock } from './clock.ts';

/**
 * Gives bytes away part by part, in order, over several turns of the event loop.
 * @param bytesATurn the most that `take` gets in one turn, and the most bytes of a part
 * @throws what `take` throws, as a rejection
 */
export async function overTurns(
  pieces: readonly Buffer[],
  bytesATurn: number,
  clock: Pick<Clock, 'soon'>,
  take: (part: Buffer) => void,
): Promise<void> {
  let left = bytesATurn;
  for (const piece of pieces) {
    for (let start = 0; start < piece.length; start += bytesATurn) {
      const part = piece.subarray(start, start + bytesATurn);
      if (part.length > left) {
        await new Promise<void>((resolve) => clock.soon(resolve));
        left = bytesATurn;
      }
      take(part);
      left -= part.length;
    }
  }
}
