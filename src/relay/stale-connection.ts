/** Recognizes the failure of a request on a connection that the upstream had closed while idle. Pure. */
import { limits } from '../platform/limits.ts';

/**
 * Codes of a closed connection: those that Node's documentation of `request.reusedSocket` names (`ECONNRESET`,
 * which `socket hang up` is too), the same seen by a write, and undici's code for a connection closed by the other
 * side.
 */
const closedCodes: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * @param error of a request that was sent on a reused connection and got no byte of a response
 * @param sinceSentMs milliseconds since its first byte was written
 */
export function isStaleConnection(error: Error, sinceSentMs: number): boolean {
  // The news of a closed connection is already on its way. A later error comes from an upstream that broke at
  // work.
  if (sinceSentMs > limits.stale_connection_ms) return false;
  return 'code' in error && closedCodes.has(error.code);
}
