/** The interface of what keeps back the end of a response. */
import type { Piece } from './piece.ts';

/**
 * Decides which bytes of a response the client may have before its record is durable. It keeps back the end, so that
 * no client holds a complete response without a record, and removes what the client did not ask for. Bytes that look
 * like an end and are none are only late by one piece.
 */
export interface TailHold {
  /** @returns what may go out now; undefined = nothing. Keeps at most `limits.tail_hold_bytes_max` back */
  push(piece: Piece): Buffer | undefined;
  /** What is kept back, for when the record is durable. */
  flush(): Buffer | undefined;
  /** Whether the upstream has said that the response is complete; the connection may end later. */
  readonly ended: boolean;
}
