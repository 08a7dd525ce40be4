/**
 * Finding one place in the bytes of a JSON text without building it: for replacing a value byte for byte,
 * and for reading the end of a text too long to keep. Both walks are exact only on valid JSON.
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

/** From `start` (inclusive) to `end` (exclusive), in bytes. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

function skipSpace(bytes: Buffer, at: number): number {
  let next = at;
  while (isSpace(bytes[next])) next++;
  return next;
}

function skipSpaceBack(bytes: Buffer, at: number): number {
  let next = at;
  while (isSpace(bytes[next])) next--;
  return next;
}

/** Whether the byte at `at` is made literal by an odd number of backslashes before it. */
function isEscaped(bytes: Buffer, at: number): boolean {
  let first = at;
  while (bytes[first - 1] === backslash) first--;
  return (at - first) % 2 === 1;
}

/** @returns the index of the quote that ends the string whose opening quote is at `open`, or the length */
function closingQuote(bytes: Buffer, open: number): number {
  let at = bytes.indexOf(quote, open + 1);
  while (at !== -1 && isEscaped(bytes, at)) at = bytes.indexOf(quote, at + 1);
  return at === -1 ? bytes.length : at;
}

/** @returns the index of the quote that begins the string which ends at `close`, or -1 */
function openingQuote(bytes: Buffer, close: number): number {
  let at = close === 0 ? -1 : bytes.lastIndexOf(quote, close - 1);
  while (at > 0 && isEscaped(bytes, at)) at = bytes.lastIndexOf(quote, at - 1);
  return at;
}

/** @returns the index just after the value that begins at `start` */
function endOfValue(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      at = closingQuote(bytes, at);
      if (depth === 0) return at + 1;
    } else if (byte === openBrace || byte === openBracket) depth++;
    else if (byte === closeBrace || byte === closeBracket) {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (byte === comma || isSpace(byte))) return at;
  }
  return bytes.length;
}

/** The value of the member whose key ends just before `afterKey`. */
function valueAfterKey(bytes: Buffer, afterKey: number): Span {
  const start = skipSpace(bytes, skipSpace(bytes, afterKey) + 1);
  return { start, end: endOfValue(bytes, start) };
}

/** Calls `see` for each member at the top level of an object. @param see gets where its name begins and ends */
function eachMember(bytes: Buffer, see: (nameStart: number, nameEnd: number, value: Span) => void): void {
  let at = skipSpace(bytes, skipSpace(bytes, 0) + 1);
  while (bytes[at] === quote) {
    const nameEnd = closingQuote(bytes, at) + 1;
    const value = valueAfterKey(bytes, nameEnd);
    see(at, nameEnd, value);
    at = skipSpace(bytes, skipSpace(bytes, value.end) + 1);
  }
}

/**
 * Every value that the object `bytes` gives to `name` at its top level, however the key is written
 * (`"mod\u0065l"` is `model`).
 * @param bytes a valid JSON object in UTF-8
 */
export function valuesOf(bytes: Buffer, name: string): Span[] {
  /** No way to write the name is longer: each UTF-16 unit as `\uXXXX`, and two quotes. */
  const longest = name.length * 6 + 2;
  const found: Span[] = [];
  eachMember(bytes, (start, end, value) => {
    if (end - start <= longest && JSON.parse(bytes.toString('utf8', start, end)) === name) found.push(value);
  });
  return found;
}

/** The members that the object `bytes` has at its top level, those of one name each by itself. */
export function countMembers(bytes: Buffer): number {
  let count = 0;
  eachMember(bytes, () => {
    count += 1;
  });
  return count;
}

/** A member of an object: the place of its value, and where its name begins. */
export interface Member extends Span {
  /** Undefined where it is longer than `memberNameBytesMax` as written. */
  readonly name: string | undefined;
  readonly nameStart: number;
}

const memberNameBytesMax = 1024;

/**
 * The members that the object `bytes` has at its top level, in order; those of one name each by itself.
 * @param bytes a valid JSON object in UTF-8
 */
export function membersOf(bytes: Buffer): Member[] {
  const found: Member[] = [];
  eachMember(bytes, (nameStart, nameEnd, value) => {
    const isShort = nameEnd - nameStart <= memberNameBytesMax;
    const name = isShort ? (JSON.parse(bytes.toString('utf8', nameStart, nameEnd)) as string) : undefined;
    found.push({ ...value, name, nameStart });
  });
  return found;
}

/** Whether the value that begins at `start` belongs to the key written `quotedKey`, such as `"usage"`. */
function isValueOf(bytes: Buffer, start: number, quotedKey: Buffer): boolean {
  const colonAt = skipSpaceBack(bytes, start - 1);
  if (bytes[colonAt] !== colon) return false;
  const afterKey = skipSpaceBack(bytes, colonAt - 1) + 1;
  const keyAt = afterKey - quotedKey.length;
  if (keyAt < 0 || isEscaped(bytes, keyAt)) return false;
  return bytes.compare(quotedKey, 0, quotedKey.length, keyAt, afterKey) === 0;
}

/**
 * The last object named `quotedKey` in the end of a JSON text, read backwards.
 * @param bytes the end of a complete JSON text; its start may be missing
 * @param depth how many arrays and objects enclose the object: 1 for a member of the top-level object
 * @returns the object's bytes, or undefined when it is not (wholly) there
 */
export function lastObjectNamed(bytes: Buffer, quotedKey: Buffer, depth: number): Buffer | undefined {
  let level = 0;
  let closedAt = -1;
  for (let at = bytes.length - 1; at >= 0; at--) {
    const byte = bytes[at];
    if (byte === quote) {
      at = openingQuote(bytes, at);
      if (at < 0) return undefined;
    } else if (byte === closeBrace || byte === closeBracket) {
      level++;
      if (level === depth + 1) closedAt = at;
    } else if (byte === openBrace || byte === openBracket) {
      if (level === depth + 1 && isValueOf(bytes, at, quotedKey)) return bytes.subarray(at, closedAt + 1);
      level--;
    }
  }
  return undefined;
}

/** The complete elements of a JSON array whose end may be missing, as spans. */
export function wholeElements(bytes: Buffer): Span[] {
  const found: Span[] = [];
  let at = skipSpace(bytes, 0);
  while (at < bytes.length && (bytes[at] === openBracket || bytes[at] === comma)) {
    const start = skipSpace(bytes, at + 1);
    const end = endOfValue(bytes, start);
    if (end >= bytes.length && bytes[end - 1] !== closeBrace) break;
    found.push({ start, end });
    at = skipSpace(bytes, end);
  }
  return found;
}

/** A change of a text: the bytes from `start` to `end` become `text`. */
export interface ByteEdit extends Span {
  readonly text: string;
}

/**
 * What puts a member before the others of an object.
 * @param bytes a valid JSON object
 * @param member key and value as written, such as `"a":1`
 */
export function memberInsertion(bytes: Buffer, member: string): ByteEdit {
  const at = bytes.indexOf(openBrace) + 1;
  const isOnly = bytes[skipSpace(bytes, at)] === closeBrace;
  return { start: at, end: at, text: isOnly ? member : `${member},` };
}

/**
 * What leaves a member out of an object, with the comma that parts it from the next one or the one before.
 * @param bytes a valid JSON object
 * @param value the place of the member's value, as of `valuesOf`
 */
export function memberRemoval(bytes: Buffer, value: Span): ByteEdit {
  const colonAt = skipSpaceBack(bytes, value.start - 1);
  const start = openingQuote(bytes, skipSpaceBack(bytes, colonAt - 1));
  const after = skipSpace(bytes, value.end);
  if (bytes[after] === comma) return { start, end: skipSpace(bytes, after + 1), text: '' };
  const before = skipSpaceBack(bytes, start - 1);
  return { start: bytes[before] === comma ? before : start, end: value.end, text: '' };
}

/** The object with a member put before its others; every other byte stays. */
export function insertMember(bytes: Buffer, member: string): Buffer {
  return Buffer.concat(edited([bytes], [memberInsertion(bytes, member)]));
}

/**
 * The text with changes made, as pieces of the one it was made from and of what is new: nothing is copied.
 * @param segments the text, in order
 * @param edits places that do not overlap
 */
export function edited(segments: readonly Buffer[], edits: readonly ByteEdit[]): Buffer[] {
  const out: Buffer[] = [];
  let done = 0;
  for (const { start, end, text } of edits.toSorted((one, other) => one.start - other.start)) {
    out.push(...between(segments, done, start), Buffer.from(text));
    done = end;
  }
  out.push(...between(segments, done, Number.POSITIVE_INFINITY));
  return out.filter(({ length }) => length > 0);
}

function between(segments: readonly Buffer[], from: number, to: number): Buffer[] {
  const out: Buffer[] = [];
  let at = 0;
  for (const segment of segments) {
    const start = Math.max(0, from - at);
    const end = Math.min(segment.length, to - at);
    if (start < end) out.push(segment.subarray(start, end));
    at += segment.length;
  }
  return out;
}
