/**
 * The form of a key's value: `sk-` and 48 letters and digits, the *body*. The last six characters of the body
 * are a checksum of the others, so that a string can be told to be one of ours, or not, without any lookup.
 */
import { crc32 } from 'node:zlib';
import type { RandomBytes } from '../platform/random.ts';

const keyPrefix = 'sk-';

/** For leak scanners: a regular expression that finds values in any text (checksums still to be checked). */
export const keyValuePattern = '\\bsk-[0-9A-Za-z]{48}\\b';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomChars = 42;
const checksumChars = 6;
const bodyChars = randomChars + checksumChars;
const bodyForm = /^[0-9A-Za-z]{48}$/;
/** Longer input is refused unread; leaves room for the prefix and some whitespace. */
const sentCharsMax = 256;

/** Makes a new value: 42 characters of 5.95 random bits each, about 250 bits. */
export function makeKeyValue(random: RandomBytes): { readonly value: string; readonly body: string } {
  let chars = '';
  while (chars.length < randomChars) {
    for (const byte of random(2 * (randomChars - chars.length))) {
      // 248 is the largest multiple of 62 in a byte: taking the rest too would favour some characters.
      if (byte < 248 && chars.length < randomChars) chars += alphabet.charAt(byte % 62);
    }
  }
  const body = chars + checksum(chars);
  return { value: keyPrefix + body, body };
}

/**
 * Reads a value as a client sends it: with or without `sk-`, whitespace around it ignored.
 * @returns the body, or undefined when this cannot be one of our values
 */
export function parseKeyValue(sent: string): string | undefined {
  if (sent.length > sentCharsMax) return undefined;
  const trimmed = sent.trim();
  const body = withoutPrefix(trimmed);
  if (body.length !== bodyChars || !bodyForm.test(body)) return undefined;
  return checksum(body.slice(0, randomChars)) === body.slice(randomChars) ? body : undefined;
}

/** Visible ASCII characters: what a header can carry of a value. */
const importedForm = /^[\x21-\x7e]+$/;

/** What an imported key may have been digested from. */
export interface ImportedReadings {
  /** All of the value, as LiteLLM reads it; undefined where nothing follows its beginning. */
  readonly whole: string | undefined;
  /** Undefined for a beginning that is a value of ours: that is read in one way only. */
  readonly beginning: Beginning | undefined;
}

/** What follows `sk-` up to the first dash (a channel id may follow), as new-api and one-api read it. */
interface Beginning {
  readonly bare: string;
  /** The same value with `sk-`, as LiteLLM reads it. */
  readonly prefixed: string;
  /** Whether the value was sent as `prefixed`, and no more. */
  readonly isPrefixed: boolean;
}

/** @returns undefined when no other gateway can have made the value */
export function importedReadings(sent: string): ImportedReadings | undefined {
  if (sent.length > sentCharsMax) return undefined;
  const given = sent.trim();
  if (!importedForm.test(given)) return undefined;
  const rest = withoutPrefix(given);
  const [bare = ''] = rest.split('-', 1);
  if (bare === '' || parseKeyValue(bare) !== undefined) return { whole: given, beginning: undefined };
  const prefixed = keyPrefix + bare;
  return {
    whole: bare === rest ? undefined : given,
    beginning: { bare, prefixed, isPrefixed: given === prefixed },
  };
}

const withoutPrefix = (value: string) =>
  value.startsWith(keyPrefix) ? value.slice(keyPrefix.length) : value;

/** Start and end of a value, to tell keys apart without showing them: `sk-abcd…wxyz`. */
export function keyHint(body: string): string {
  return `${keyPrefix}${body.slice(0, 4)}…${body.slice(-4)}`;
}

/** CRC-32 (IEEE) of the characters, in base 62, most significant digit first. */
function checksum(chars: string): string {
  let rest = crc32(chars);
  let digits = '';
  for (let index = 0; index < checksumChars; index += 1) {
    digits = alphabet.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
