/** Recognises the failure of a request on a connection that the upstream had closed while it was idle. Pure. */
import { limits } from '../platform/limits.ts';

/**
 * How a closed connection shows: what Node's documentation of `request.reusedSocket` names (`ECONNRESET`, which
 * `socket hang up` is too), the same seen by a write, and undici's word for a connection that the other side closed.
 */
const closedCodes: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * @param error of a request that was sent on a connection which had served before, and got no byte of an answer
 * @param sinceSentMs milliseconds since its first byte was written
 */
export function isStaleConnection(error: Error, sinceSentMs: number): boolean {
  // The news of a closed connection is underway already. What comes later is an upstream that broke at work.
  if (sinceSentMs > limits.stale_connection_ms) return false;
  return 'code' in error && closedCodes.has(error.code);
}
