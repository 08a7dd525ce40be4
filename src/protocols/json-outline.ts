/**
 * Reads a long JSON text without a step that depends on its length: its long strings, as sound in Base64, are left out, and
 * only their lengths are kept.
 */
import { JsonStructure, type StructureLimits } from '../http/json-structure.ts';
import type { Clock } from '../platform/clock.ts';
import { overTurns } from '../platform/over-turns.ts';
import { edited } from './json-bytes.ts';

/** Scanned in one turn of the event loop. */
const bytesATurn = 65_536;

/** Strings of more bytes are left out. */
const stringBytesMax = 256;

/** The length of a string that was left out. It is longer than any string that was not. */
const standIn = (bytes: number): string => String(bytes).padStart(stringBytesMax + 1, '0');

/** A string that was left out. */
export class LongText {
  /** Where it has escapes, as they are written. */
  readonly bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

export const isText = (value: unknown): value is string | LongText =>
  typeof value === 'string' || value instanceof LongText;

/** The length of a string in UTF-8. */
export const bytesOf = (text: string | LongText): number =>
  typeof text === 'string' ? Buffer.byteLength(text) : text.bytes;

/**
 * @param bytes a JSON text in UTF-8
 * @param keepsMax bytes of the outline
 * @returns the text with stand-ins for its long strings, to be parsed and then given to `withLongTexts`; undefined = it
 * is longer than `keepsMax`
 * @throws HalleyError('invalid_body') when it has more parts than the limits allow
 */
export async function outlineOf(
  bytes: Buffer,
  limits: StructureLimits,
  keepsMax: number,
  clock: Pick<Clock, 'soon'>,
): Promise<Buffer | undefined> {
  const long: { start: number; end: number; text: string }[] = [];
  let kept = bytes.length;
  const structure = new JsonStructure(limits, (start, end) => {
    if (end - start <= stringBytesMax) return;
    const text = standIn(end - start);
    long.push({ start, end, text });
    kept += text.length - (end - start);
  });
  await overTurns([bytes], bytesATurn, clock, (part) => structure.push(part));
  return kept > keepsMax ? undefined : Buffer.concat(edited([bytes], long));
}

/** Puts a `LongText` in the place of each stand-in of a parsed outline; changes it. */
export function withLongTexts(value: unknown): unknown {
  if (typeof value === 'string') return value.length > stringBytesMax ? new LongText(Number(value)) : value;
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Record<string, unknown>;
  for (const [name, member] of Object.entries(members)) members[name] = withLongTexts(member);
  return value;
}
