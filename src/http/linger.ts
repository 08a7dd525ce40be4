/**
 * Closes a connection whose client may still be sending or reading. Closing it outright would make the system answer
 * the next bytes with a reset, which takes a response that the client has not read yet away from it.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';

export interface LingerOptions {
  readonly clock: Clock;
  /** How long the client may take to close its side, in milliseconds. */
  readonly msMax: number;
  /** The client has closed its side. */
  readonly onEnded: () => void;
  /** The client sends too much, or takes too long. */
  readonly onLate: () => void;
}

/** Ends our side after everything written has gone out, and discards, unparsed, what still comes in. */
export function lingeringClose(socket: Socket, { clock, msMax, onEnded, onLate }: LingerOptions): void {
  endWhenFlushed(socket);
  const timer = clock.after(msMax, onLate);
  socket.once('close', () => timer.cancel());
  // Reading may have been paused for back-pressure. Node resumes it in the next tick, and only while its HTTP
  // parser owns the connection.
  socket.resume();
  process.nextTick(() => {
    discardInput(socket, onLate);
    if (socket.readableEnded) onEnded();
    else socket.once('end', onEnded);
  });
}

/** Sends FIN after the unsent bytes: libuv refuses to reset a connection while a FIN waits behind them. */
function endWhenFlushed(socket: Socket): void {
  if (socket.writableLength === 0) socket.end();
  else socket.write('', () => socket.end());
}

function discardInput(socket: Socket, onLate: () => void): void {
  let bytes = 0;
  takeFromParser(socket, (chunk) => {
    bytes += chunk.length;
    if (bytes > limits.linger_bytes_max) onLate();
  });
}

/**
 * Discards, unparsed, what comes from now on, while earlier requests of the connection are still being served.
 * Beyond a limit it stops reading. Until then it notices a client that closes its side.
 */
export function holdInput(socket: Socket): void {
  let bytes = 0;
  takeFromParser(socket, (chunk) => {
    bytes += chunk.length;
    if (bytes > limits.held_input_bytes_max) socket.pause();
  });
  socket.once('end', () => socket.end());
}

/** Node's parser releases a connection that other code listens to. */
function takeFromParser(socket: Socket, onData: (chunk: Buffer) => void): void {
  socket.removeAllListeners('data');
  socket.removeAllListeners('end');
  socket.on('data', onData);
}
