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
  socket.end();
  const timer = clock.after(limits.linger_ms_max, () => socket.destroy());
  socket.once('close', () => timer.cancel());
  // Reading may have been stopped for back-pressure. Node starts it again in the next tick, and only while
  // its HTTP parser still owns the connection.
  socket.resume();
  process.nextTick(() => discardInput(socket));
}

function discardInput(socket: Socket): void {
  let bytes = 0;
  takeFromParser(socket, (chunk) => {
    bytes += chunk.length;
    if (bytes > limits.linger_bytes_max) socket.destroy();
  });
  socket.once('end', () => Socket.prototype.destroySoon.call(socket));
}

/**
 * Reads no more than a piece from now on, unparsed, so that nothing piles up in memory while earlier requests
 * of the connection are still being served.
 */
export function holdInput(socket: Socket): void {
  // Pausing at once would not last: Node's parser starts reading again when it completes a message.
  takeFromParser(socket, () => socket.pause());
}

/** Node's parser lets go of a connection that somebody else listens to. */
function takeFromParser(socket: Socket, onData: (chunk: Buffer) => void): void {
  socket.removeAllListeners('data');
  socket.removeAllListeners('end');
  socket.on('data', onData);
}
