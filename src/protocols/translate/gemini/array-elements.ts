/** Splits a JSON array of objects that arrives in pieces into its elements, each as soon as it is whole. Pure. */
import {
  backslash,
  closeBrace,
  closeBracket,
  comma,
  openBrace,
  openBracket,
  quote,
} from '../../../domain/json-characters.ts';

const highestSpace = 0x20;

/** All characters that matter are ASCII, so bytes are compared: a piece may end within a letter. */
export class ArrayElements {
  #depth = 0;
  #isString = false;
  #isEscaped = false;
  /** Bytes of the element that has begun, from pieces before. */
  #begun: Buffer[] = [];
  #state: 'before' | 'inside' | 'whole' | 'broken' = 'before';

  /** Whether all has come, and only objects; one without an array around it counts, since errors come so. */
  get isWhole(): boolean {
    return this.#state === 'whole';
  }

  /** @returns the texts of the elements that are whole now */
  push(bytes: Buffer): readonly string[] {
    const elements: string[] = [];
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#isString) this.#inString(byte);
      else if (this.#depth > 0) {
        this.#inElement(byte);
        if (this.#depth > 0) continue;
        elements.push(Buffer.concat([...this.#begun, bytes.subarray(start, at + 1)]).toString());
        this.#begun = [];
      } else if (byte === openBrace) {
        this.#depth = 1;
        start = at;
      } else this.#between(byte);
    }
    if (this.#depth > 0) this.#begun.push(bytes.subarray(start));
    return elements;
  }

  #inString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quote) this.#isString = false;
  }

  #inElement(byte: number): void {
    if (byte === quote) this.#isString = true;
    else if (byte === openBrace || byte === openBracket) this.#depth += 1;
    else if (byte === closeBrace || byte === closeBracket) this.#depth -= 1;
    if (this.#depth === 0 && this.#state === 'before') this.#state = 'whole';
  }

  #between(byte: number): void {
    if (byte === openBracket && this.#state === 'before') this.#state = 'inside';
    else if (byte === closeBracket && this.#state === 'inside') this.#state = 'whole';
    else if (byte > highestSpace && byte !== comma) this.#state = 'broken';
  }
}
