/** Masks the gateway's credentials at an upstream in the errors that pass to clients. */
import { Piece } from '../protocols/events/piece.ts';
import { parseEvent } from '../protocols/events/server-sent-event.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import { readError } from '../protocols/upstream/error-facts.ts';
import { parseOr } from '../protocols/usage/usage-shape.ts';
import type { SecretMask } from '../upstreams/secret-mask.ts';

/** Changes the pieces of a response as they pass. */
export interface PieceFilter {
  /**
   * @param saysError whether the piece contains `errorWord`, where the caller knows
   * @returns what may go on now; undefined = nothing
   */
  push(piece: Piece, saysError?: boolean): Piece | undefined;
  /** The rest, at the end. */
  flush(): Piece | undefined;
}

const none: Buffer = Buffer.alloc(0);

function orNothing(piece: Piece): Piece | undefined {
  return piece.bytes.length === 0 ? undefined : piece;
}

/** Masks everything. Keeps back as many bytes as a secret may have. */
export class WholeMask implements PieceFilter {
  readonly #secrets: SecretMask;
  #kept = none;

  constructor(secrets: SecretMask) {
    this.#secrets = secrets;
  }

  push(piece: Piece): Piece | undefined {
    const masked = this.#secrets.maskBytes(Buffer.concat([this.#kept, piece.bytes]));
    const free = Math.max(0, masked.length - this.#secrets.charsMax);
    this.#kept = masked.subarray(free);
    return orNothing(piece.with(masked.subarray(0, free)));
  }

  flush(): Piece | undefined {
    const rest = this.#secrets.maskBytes(this.#kept);
    this.#kept = none;
    return orNothing(new Piece(rest, 'part'));
  }
}

/** Every error event contains this. */
export const errorWord: Buffer = Buffer.from('error');

/**
 * Masks error events. Every other event passes unchanged. One that comes in parts is masked from the part that may
 * make it an error.
 */
class EventMask implements PieceFilter {
  readonly #secrets: SecretMask;
  /** Masks the event that comes in parts. */
  #long: WholeMask | undefined;
  /** The end of its last part, where the word may have begun. */
  #before = none;

  constructor(secrets: SecretMask) {
    this.#secrets = secrets;
  }

  push(piece: Piece, saysError: boolean = piece.bytes.includes(errorWord)): Piece | undefined {
    if (piece.extent === 'events') return saysError ? piece.with(this.#maskErrors(piece)) : piece;
    if (!this.#long && (saysError || this.#saysErrorAcross(piece.bytes)))
      this.#long = new WholeMask(this.#secrets);
    const isLast = piece.extent === 'last';
    this.#before = isLast ? none : piece.bytes.subarray(1 - errorWord.length);
    return this.#long ? this.#maskPart(this.#long, piece, isLast) : piece;
  }

  flush(): Piece | undefined {
    return this.#long?.flush();
  }

  #saysErrorAcross(bytes: Buffer): boolean {
    return Buffer.concat([this.#before, bytes.subarray(0, errorWord.length - 1)]).includes(errorWord);
  }

  #maskPart(mask: WholeMask, piece: Piece, isLast: boolean): Piece | undefined {
    const masked = mask.push(piece);
    if (!isLast) return masked;
    this.#long = undefined;
    return piece.with(Buffer.concat([masked?.bytes ?? none, mask.flush()?.bytes ?? none]));
  }

  #maskErrors(piece: Piece): Buffer {
    const { bytes } = piece;
    const shown: Buffer[] = [];
    let shownTo = 0;
    for (const { start, end } of piece.eventsWith(errorWord)) {
      const event = bytes.subarray(start, end);
      if (!isError(event)) continue;
      shown.push(bytes.subarray(shownTo, start), this.#secrets.maskBytes(event));
      shownTo = end;
    }
    return shown.length === 0 ? bytes : Buffer.concat([...shown, bytes.subarray(shownTo)]);
  }
}

/** Takes an event that cannot be parsed for an error: masking it costs nothing. */
function isError(bytes: Buffer): boolean {
  const { name, data } = parseEvent(bytes);
  if (name.startsWith('error')) return true;
  if (data === undefined) return false;
  const value = parseOr(data);
  return value === undefined || readError(value) !== undefined;
}

const arrayNeedle = Buffer.from('"error"');
const errorMember = /"error"\s*:\s*[{"]/;

/** In a JSON array the error is the last element. From the beginning of one, everything that follows is masked. */
class ArrayMask implements PieceFilter {
  readonly #secrets: SecretMask;
  #mask: WholeMask | undefined;
  #carried = none;

  constructor(secrets: SecretMask) {
    this.#secrets = secrets;
  }

  push(piece: Piece): Piece | undefined {
    if (this.#mask) return this.#mask.push(piece);
    const { bytes } = piece;
    const seen = Buffer.concat([this.#carried, bytes]);
    this.#carried = seen.subarray(-2 * arrayNeedle.length);
    const found = seen.includes(arrayNeedle) ? errorMember.exec(seen.toString('latin1')) : null;
    if (!found) return piece;
    this.#mask = new WholeMask(this.#secrets);
    const before = Math.max(0, found.index - (seen.length - bytes.length));
    const masked = this.#mask.push(piece.with(bytes.subarray(before)));
    return orNothing(piece.with(Buffer.concat([bytes.subarray(0, before), masked?.bytes ?? none])));
  }

  flush(): Piece | undefined {
    return this.#mask?.flush();
  }
}

const passing: PieceFilter = { push: (piece) => piece, flush: () => undefined };

/** For a response that is no error, but may end with one. */
export function errorMask(form: ResponseForm, secrets: SecretMask): PieceFilter {
  if (secrets.charsMax === 0 || form === 'json' || form === 'bytes') return passing;
  return form === 'sse' ? new EventMask(secrets) : new ArrayMask(secrets);
}
