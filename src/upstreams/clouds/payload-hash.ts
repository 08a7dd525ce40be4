/** Hashes the body of a request. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';

/** Hashed in one turn: about a millisecond. */
const bytesATurn = 524_288;

/**
 * Returns the SHA-256 of a body in hexadecimal. A large body is hashed over several turns of the event loop.
 * @param pieces of the body, in order
 */
export async function payloadHash(pieces: readonly Buffer[], clock: Pick<Clock, 'soon'>): Promise<string> {
  const hash = createHash('sha256');
  let left = bytesATurn;
  for (const piece of pieces) {
    for (let start = 0; start < piece.length; start += bytesATurn) {
      const part = piece.subarray(start, start + bytesATurn);
      if (part.length > left) {
        await new Promise<void>((resolve) => clock.soon(resolve));
        left = bytesATurn;
      }
      hash.update(part);
      left -= part.length;
    }
  }
  return hash.digest('hex');
}
