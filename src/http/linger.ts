/**
 * Closing a connection whose client may still be sending. Closing it outright would make the system answer
 * the next bytes with a reset, which takes an answer that the client has not read yet away from it.
 */
import { Socket } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';

/**
 * Ends our side once everything written has gone out, and throws away what still comes in, unparsed, until
 * the client closes; after `linger_bytes_max` or `linger_ms_max` the connection is destroyed.
 */
export function lingeringClose(socket: Socket, clock: Clock): void {
  if (socket.destroyed) return;
  socket.end();
  // Takes the connection away from the HTTP parser: pausing first, so that reading can begin anew.
  socket.pause();
  socket.removeAllListeners('data');
  socket.removeAllListeners('end');
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.linger_bytes_max) socket.destroy();
  });
  socket.once('end', () => Socket.prototype.destroySoon.call(socket));
  const timer = clock.after(limits.linger_ms_max, () => socket.destroy());
  socket.once('close', () => timer.cancel());
  socket.resume();
}
