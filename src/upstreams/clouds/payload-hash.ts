/** Hashes the body of a request. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import { overTurns } from '../../platform/over-turns.ts';

/** Hashed in one turn: about a millisecond. */
const bytesATurn = 524_288;

/**
 * Returns the SHA-256 of a body in hexadecimal. A large body is hashed over several turns of the event loop.
 * @param pieces of the body, in order
 */
export async function payloadHash(pieces: readonly Buffer[], clock: Pick<Clock, 'soon'>): Promise<string> {
  const hash = createHash('sha256');
  await overTurns(pieces, bytesATurn, clock, (part) => hash.update(part));
  return hash.digest('hex');
}
