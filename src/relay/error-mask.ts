/** Masks the gateway's credentials at an upstream in the errors that pass to clients. */
import { limits } from '../platform/limits.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import { readError } from '../protocols/upstream/error-facts.ts';
import { parseOr } from '../protocols/usage/usage-shape.ts';
import type { SecretMask } from '../upstreams/secret-mask.ts';

/** Changes the chunks of a response as they pass. */
export interface PieceFilter {
  /**
   * @param saysError whether the chunk contains `errorWord`, where the caller knows
   * @returns what may go on now; undefined = nothing
   */
  push(piece: Buffer, saysError?: boolean): Buffer | undefined;
  /** The rest, at the end. */
  rest(): Buffer | undefined;
}

const none: Buffer = Buffer.alloc(0);
const newline = 0x0a;

function orNothing(bytes: Buffer): Buffer | undefined {
  return bytes.length === 0 ? undefined : bytes;
}

/** Masks everything. Keeps back as many bytes as a secret may have. */
export class WholeMask implements PieceFilter {
  readonly #secrets: SecretMask;
  #kept = none;

  constructor(secrets: SecretMask) {
    this.#secrets = secrets;
  }

  push(piece: Buffer): Buffer | undefined {
    const masked = this.#secrets.maskBytes(Buffer.concat([this.#kept, piece]));
    const free = Math.max(0, masked.length - this.#secrets.charsMax);
    this.#kept = masked.subarray(free);
    return orNothing(masked.subarray(0, free));
  }

  rest(): Buffer | undefined {
    const rest = this.#secrets.maskBytes(this.#kept);
    this.#kept = none;
    return orNothing(rest);
  }
}

/** Every error event contains this. */
export const errorWord: Buffer = Buffer.from('error');
const blankLine = Buffer.from('\n\n');

/** Masks error events. Every other byte passes unchanged, and only an event that may be an error is kept back. */
class EventMask implements PieceFilter {
  readonly #secrets: SecretMask;
  /** What has passed of the event that has begun and not ended. */
  #passed = none;
  /** What is kept back of it because it may be an error. */
  #held: Buffer | undefined;

  constructor(secrets: SecretMask) {
    this.#secrets = secrets;
  }

  push(piece: Buffer, saysError: boolean = piece.includes(errorWord)): Buffer | undefined {
    if (this.#held) return this.#release(Buffer.concat([this.#held, piece]));
    if (saysError || (this.#passed.length > 0 && this.#isInSeam(piece))) return this.#release(piece);
    this.#remember(piece);
    return piece;
  }

  rest(): Buffer | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held && this.#secrets.maskBytes(held);
  }

  #isInSeam(piece: Buffer): boolean {
    return Buffer.concat([this.#passed.subarray(1 - errorWord.length), piece]).includes(errorWord);
  }

  /** Releases complete events, masked where they are errors, and keeps the last one until it is complete. */
  #release(bytes: Buffer): Buffer | undefined {
    const all = Buffer.concat([this.#passed, bytes]);
    const from = this.#passed.length;
    const end = lastEventEnd(all);
    this.#held = undefined;
    if (end <= from && bytes.length <= limits.gate_bytes_max) {
      this.#held = bytes;
      return undefined;
    }
    const open = all.subarray(Math.max(end, from));
    const masked = this.#maskEvents(all.subarray(0, end), from);
    const tooLong = open.length > limits.gate_bytes_max;
    const isInDoubt = open.includes(errorWord);
    this.#passed = isInDoubt ? none : open;
    if (!isInDoubt) return orNothing(Buffer.concat([masked, open]));
    if (tooLong) return orNothing(Buffer.concat([masked, this.#secrets.maskBytes(open)]));
    this.#held = open;
    return orNothing(masked);
  }

  /** @param from the position of the first byte that has not passed yet */
  #maskEvents(events: Buffer, from: number): Buffer {
    const shown: Buffer[] = [];
    for (let at = 0; at < events.length; ) {
      const end = nextEventEnd(events, at);
      const rest = events.subarray(Math.max(at, from), end);
      if (end > from)
        shown.push(isErrorEvent(events.subarray(at, end)) ? this.#secrets.maskBytes(rest) : rest);
      at = end;
    }
    return shown.length === 1 && shown[0] ? shown[0] : Buffer.concat(shown);
  }

  #remember(piece: Buffer): void {
    if (lastEventEnd(piece) === piece.length) this.#passed = none;
    else {
      const all = this.#passed.length === 0 ? piece : Buffer.concat([this.#passed, piece]);
      this.#passed = all.subarray(lastEventEnd(all)).subarray(-limits.answer_start_bytes_max);
    }
  }
}

function lastEventEnd(bytes: Buffer): number {
  if (bytes[bytes.length - 1] === newline && bytes[bytes.length - 2] === newline) return bytes.length;
  const crlf = bytes.lastIndexOf('\n\r\n');
  const plain = bytes.lastIndexOf(blankLine);
  return Math.max(plain === -1 ? 0 : plain + 2, crlf === -1 ? 0 : crlf + 3);
}

function nextEventEnd(bytes: Buffer, from: number): number {
  const crlf = bytes.indexOf('\n\r\n', from);
  const plain = bytes.indexOf(blankLine, from);
  const ends = [plain === -1 ? bytes.length : plain + 2, crlf === -1 ? bytes.length : crlf + 3];
  return Math.min(...ends);
}

/** Takes an event whose start is unknown, or that cannot be parsed, for an error: masking it costs nothing. */
function isErrorEvent(bytes: Buffer): boolean {
  if (!bytes.includes(errorWord)) return false;
  const event = bytes.toString('utf8');
  const data: string[] = [];
  for (const line of event.split(/\r?\n/)) {
    if (/^event: ?error/.test(line)) return true;
    if (line.startsWith('data:')) data.push(line.slice('data:'.length));
  }
  if (data.length === 0) return false;
  const value = parseOr(data.join('\n'));
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

  push(piece: Buffer): Buffer | undefined {
    if (!this.#mask) {
      const seen = Buffer.concat([this.#carried, piece]);
      this.#carried = seen.subarray(-2 * arrayNeedle.length);
      const found = seen.includes(arrayNeedle) ? errorMember.exec(seen.toString('latin1')) : null;
      if (!found) return piece;
      this.#mask = new WholeMask(this.#secrets);
      const before = Math.max(0, found.index - (seen.length - piece.length));
      const masked = this.#mask.push(piece.subarray(before)) ?? none;
      return orNothing(Buffer.concat([piece.subarray(0, before), masked]));
    }
    return this.#mask.push(piece);
  }

  rest(): Buffer | undefined {
    return this.#mask?.rest();
  }
}

const passing: PieceFilter = { push: (piece) => piece, rest: () => undefined };

/** For a response that is no error, but may end with one. */
export function errorMask(form: ResponseForm, secrets: SecretMask): PieceFilter {
  if (secrets.charsMax === 0 || form === 'json') return passing;
  return form === 'sse' ? new EventMask(secrets) : new ArrayMask(secrets);
}
