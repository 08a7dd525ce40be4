/**
 * Bounds the structure of a JSON text while it arrives, before anything parses it. Parsing a text of many small
 * parts takes far longer than reading its bytes, and all of that time nothing else runs. Pure.
 */
import {
  backslash,
  closeBrace,
  closeBracket,
  colon,
  comma,
  openBrace,
  openBracket,
  quote,
} from '../domain/json-characters.ts';
import { HalleyError } from '../platform/errors.ts';

export interface StructureLimits {
  /** Names of members, in all objects together. */
  readonly names: number;
  /** Objects, arrays, and further elements of them. */
  readonly values: number;
  /** Objects and arrays inside each other. */
  readonly depth: number;
}

/** Counts exactly what a valid JSON text (RFC 8259) holds; of another text, what a parser may see before it fails. */
export class JsonStructure {
  readonly #limits: StructureLimits;
  readonly #onString: ((start: number, end: number) => void) | undefined;
  /** Bytes of the pieces before. */
  #before = 0;
  /** Where the string began that is being read. */
  #stringStart = 0;
  #names = 0;
  #values = 0;
  #depth = 0;
  #deepest = 0;
  #inString = false;
  /** Whether the piece before ended in the middle of an escape. */
  #isEscaped = false;

  /** @param onString called for each string, names included, with the places between its quotes */
  constructor(limits: StructureLimits, onString?: (start: number, end: number) => void) {
    this.#limits = limits;
    this.#onString = onString;
  }

  get names(): number {
    return this.#names;
  }

  get values(): number {
    return this.#values;
  }

  /** The deepest nesting so far. */
  get depth(): number {
    return this.#deepest;
  }

  /** @throws HalleyError('invalid_body') naming the limit, once the text is beyond it */
  push(piece: Buffer): void {
    let offset = this.#inString ? this.#skipString(piece, 0) : 0;
    while (offset < piece.length) {
      const byte = piece[offset];
      offset += 1;
      switch (byte) {
        case quote:
          this.#inString = true;
          this.#stringStart = this.#before + offset;
          offset = this.#skipString(piece, offset);
          break;
        case colon:
          this.#names += 1;
          break;
        case comma:
          this.#values += 1;
          break;
        case openBrace:
        case openBracket:
          this.#values += 1;
          this.#depth += 1;
          if (this.#depth > this.#deepest) this.#deepest = this.#depth;
          break;
        case closeBrace:
        case closeBracket:
          this.#depth -= 1;
      }
    }
    this.#before += piece.length;
    this.#check();
  }

  /** @returns where the string that goes on at `from` has ended, or the length of the piece */
  #skipString(piece: Buffer, from: number): number {
    let start = from;
    if (this.#isEscaped && start < piece.length) {
      start += 1;
      this.#isEscaped = false;
    }
    for (let index = quoteFrom(piece, start); index !== -1; index = quoteFrom(piece, start)) {
      const escapes = backslashesBefore(piece, index, start);
      start = index + 1;
      if (escapes % 2 === 0) {
        this.#inString = false;
        this.#onString?.(this.#stringStart, this.#before + index);
        return start;
      }
    }
    if (start < piece.length) this.#isEscaped = backslashesBefore(piece, piece.length, start) % 2 === 1;
    return piece.length;
  }

  #check(): void {
    const { names, values, depth } = this.#limits;
    if (this.#names > names) throw tooMuch(`has more than ${names} names`);
    if (this.#values > values) throw tooMuch(`has more than ${values} values`);
    if (this.#deepest > depth) throw tooMuch(`is nested deeper than ${depth} levels`);
  }
}

/** So many bytes are looked at before Node is asked: most strings are short, and asking costs as much as some dozen of them. */
const looked = 40;

function quoteFrom(piece: Buffer, start: number): number {
  const end = Math.min(start + looked, piece.length);
  for (let index = start; index < end; index += 1) if (piece[index] === quote) return index;
  return piece.indexOf(quote, end);
}

function backslashesBefore(piece: Buffer, end: number, start: number): number {
  let offset = end;
  while (offset > start && piece[offset - 1] === backslash) offset -= 1;
  return end - offset;
}

function tooMuch(what: string): HalleyError {
  return new HalleyError('invalid_body', { message: `The request body ${what}. Send less in one request.` });
}
