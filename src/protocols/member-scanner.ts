/**
 * Finds the members of a JSON object in its bytes, piece by piece, so that a long text can be searched in steps. Exact
 * only on valid JSON. Pure.
 */
import {
  backslash,
  closeBrace,
  closeBracket,
  comma,
  openBrace,
  openBracket,
  quote,
} from '../domain/json-characters.ts';
import type { Span } from './json-bytes.ts';

/** A member of the outermost object, from the quote before its name to the end of its value. */
export interface Member extends Span {
  readonly name: string;
}

/** A longer name is not read: the member has the name ''. */
const nameBytesMax = 256;
const highestSpace = 0x20;
const noName: Buffer = Buffer.alloc(0);

export class MemberScanner {
  readonly members: Member[] = [];
  /** Where the outermost object begins; -1 = it has not yet. */
  opensAt = -1;
  /** Bytes scanned so far. */
  #at = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The name of the member that is being read; undefined = it has not begun. */
  #name: Buffer | undefined;
  #inName = false;
  #start = 0;
  /** After the last byte that is no space. */
  #end = 0;

  push(bytes: Buffer): void {
    for (let index = 0; index < bytes.length; ) {
      if (this.#inString) index = this.#readString(bytes, index);
      else {
        const byte = bytes[index] ?? 0;
        this.#at += 1;
        index += 1;
        if (byte > highestSpace) this.#read(byte);
      }
    }
  }

  /** @returns where the string ends in this piece */
  #readString(bytes: Buffer, from: number): number {
    const quoteAt = bytes.indexOf(quote, from);
    const end = quoteAt === -1 ? bytes.length : quoteAt;
    const isEscaped = this.#endsEscaped(bytes, from, end);
    const next = quoteAt === -1 ? end : end + 1;
    const isEnd = quoteAt !== -1 && !isEscaped;
    // After a quote that is escaped, nothing is.
    this.#escaped = quoteAt === -1 && isEscaped;
    if (this.#inName) this.#keepName(bytes.subarray(from, isEnd ? end : next));
    this.#at += next - from;
    this.#end = this.#at;
    if (isEnd) {
      this.#inString = false;
      this.#inName = false;
    }
    return next;
  }

  /** Whether a byte at `end` would be escaped. */
  #endsEscaped(bytes: Buffer, from: number, end: number): boolean {
    let first = end;
    while (first > from && bytes[first - 1] === backslash) first -= 1;
    const isOdd = (end - first) % 2 === 1;
    return first === from && this.#escaped ? !isOdd : isOdd;
  }

  #keepName(bytes: Buffer): void {
    const kept = this.#name ?? noName;
    this.#name = Buffer.concat([kept, bytes.subarray(0, nameBytesMax - kept.length)]);
  }

  #read(byte: number): void {
    if (this.#depth === 1 && (byte === comma || byte === closeBrace)) this.#close();
    this.#end = this.#at;
    if (byte === quote) this.#open();
    else if (byte === openBrace || byte === openBracket) {
      if (this.#depth === 0) this.opensAt = this.#at - 1;
      this.#depth += 1;
    } else if (byte === closeBrace || byte === closeBracket) this.#depth -= 1;
  }

  #open(): void {
    this.#inString = true;
    if (this.#depth !== 1 || this.#name) return;
    this.#name = noName;
    this.#inName = true;
    this.#start = this.#at - 1;
  }

  #close(): void {
    if (!this.#name) return;
    const isRead = this.#name.length < nameBytesMax;
    const name: unknown = isRead ? JSON.parse(`"${this.#name.toString('utf8')}"`) : '';
    this.members.push({ name: String(name), start: this.#start, end: this.#end });
    this.#name = undefined;
  }
}
