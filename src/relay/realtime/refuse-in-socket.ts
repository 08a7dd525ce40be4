/** Refuses a session in a socket that is opened for that alone: a page cannot read the response to an offer. */
import type { WebSocket } from 'ws';
import { policyViolation } from './link.ts';

/** @param event the error, as JSON text */
export function refuseInSocket(socket: WebSocket, event: string): void {
  socket.on('error', () => {});
  socket.send(event);
  socket.close(policyViolation);
  // The close frame of the client may be behind others, which are ignored.
  socket.resume();
}
