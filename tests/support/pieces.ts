/** Splits bytes as a response pipeline does, for tests of what reads its pieces. */
import { limits } from '../../src/platform/limits.ts';
import { EventSplitter } from '../../src/protocols/events/event-splitter.ts';
import { Piece } from '../../src/protocols/events/piece.ts';
import type { ResponseForm } from '../../src/protocols/protocol.ts';

/** @param chunks as they come from the upstream; the response is over after them */
export function piecesOf(form: ResponseForm, chunks: readonly Buffer[]): Piece[] {
  if (form !== 'sse') return chunks.map((bytes) => new Piece(bytes, 'part'));
  const splitter = new EventSplitter(limits.event_held_bytes_max);
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}
