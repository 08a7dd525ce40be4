/**
 * Replaces characters that PostgreSQL holds neither in text nor in JSON: NUL and half surrogate pairs. Texts that must
 * be written all the same, such as the model that a client named, are written with a replacement.
 */
import type { Settlement } from '../ledger-store.ts';

const replacement = '�';

/** How either appears in JSON, also in a JSON string within JSON. */
const inJson = /\\u(?:0000|d[89a-f])/;

/** Whether a JSON text may hold such a character; it may be wrong in saying so. */
export function mayBeUnstorable(json: string): boolean {
  return json.includes('\\u') && inJson.test(json);
}

/** The text with U+FFFD instead of such characters. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', replacement);
}

/** The same for a text that may be missing. */
export const storableOf = (text: string | undefined) => (text === undefined ? undefined : storable(text));

export function storableSettlement(settlement: Settlement): Settlement {
  const { record } = settlement;
  return {
    ...settlement,
    record: {
      ...withStorableTexts(record),
      detail: withStorableTexts(record.detail),
    },
  };
}

/** The same values, each text of which PostgreSQL can hold. */
export function withStorableTexts<Fields extends object>(fields: Fields): Fields {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? storable(value) : (value as unknown),
  ]);
  return Object.fromEntries(entries) as Fields;
}
