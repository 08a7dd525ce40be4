/** Takes the events out of the pieces of a stream, those that are too long to come whole included. Pure. */
import type { Piece } from '../events/piece.ts';
import { parseEvent, type ServerSentEvent } from '../events/server-sent-event.ts';

export class StreamEvents {
  /** The parts of a long event so far. */
  #parts: Buffer[] = [];

  /** @returns the events that are complete */
  push(piece: Piece): readonly ServerSentEvent[] {
    if (piece.extent === 'events') return Array.from(piece.events(), (event) => parseEvent(event));
    this.#parts.push(piece.bytes);
    return piece.extent === 'last' ? this.end() : [];
  }

  /** @returns an event that broke off, as far as it came */
  end(): readonly ServerSentEvent[] {
    if (this.#parts.length === 0) return [];
    const event = Buffer.concat(this.#parts);
    this.#parts = [];
    return [parseEvent(event)];
  }
}
