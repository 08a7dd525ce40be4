/** Takes the data of server-sent events out of the pieces of a stream, events too long to be held whole included. */
import type { Piece } from '../../events/piece.ts';
import { parseEvent } from '../../events/server-sent-event.ts';

export class EventData {
  /** The parts of a long event so far. */
  #parts: Buffer[] = [];

  /** @returns the data of each event that is complete */
  push(piece: Piece): readonly string[] {
    if (piece.extent === 'events') return [...piece.events()].flatMap(dataOf);
    this.#parts.push(piece.bytes);
    if (piece.extent === 'part') return [];
    const event = Buffer.concat(this.#parts);
    this.#parts = [];
    return dataOf(event);
  }
}

function dataOf(event: Buffer): readonly string[] {
  const data = parseEvent(event).data?.trim();
  return data ? [data] : [];
}
