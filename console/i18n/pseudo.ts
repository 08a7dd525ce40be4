/** Makes the pseudo-language from compiled messages: accented letters, a third longer, in brackets. */
import type { Messages } from '@lingui/core';

const accented: Readonly<Record<string, string>> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ó',
  u: 'ú',
  y: 'ý',
  c: 'ç',
  n: 'ñ',
  A: 'Á',
  E: 'É',
  I: 'Í',
  O: 'Ó',
  U: 'Ú',
  C: 'Ç',
  N: 'Ñ',
};

/** @param messages as the catalogue plugin compiles them: arrays of texts and of placeholders */
export function pseudoMessages(messages: Messages): Messages {
  return Object.fromEntries(Object.entries(messages).map(([id, message]) => [id, bracketed(message)]));
}

type Message = Messages[string];

function bracketed(message: Message): Message {
  const parts = Array.isArray(message) ? message : [message];
  const letters = parts.reduce<number>((sum, part) => sum + (typeof part === 'string' ? part.length : 0), 0);
  return ['[', ...parts.map(accentedPart), '~'.repeat(Math.ceil(letters / 3)), ']'];
}

function accentedPart<Part>(part: Part): Part | string {
  return typeof part === 'string' ? part.replace(/\p{L}/gu, (letter) => accented[letter] ?? letter) : part;
}
