/**
 * Texts that PostgreSQL cannot hold, neither as text nor in JSON: those with NUL or with half a surrogate pair.
 * What must be written all the same, such as the model that a client named, is written without them.
 */
import type { Settlement, UsageRecord } from '../ledger-store.ts';

const replacement = '�';

/** How either shows in JSON, also in JSON that is in a string of JSON. */
const inJson = /\\u(?:0000|d[89a-f])/;

/** Whether a JSON text may hold what PostgreSQL cannot; it may be wrong in saying so. */
export function mayBeUnstorable(json: string): boolean {
  return json.includes('\\u') && inJson.test(json);
}

/** The text with U+FFFD in place of what cannot be held. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', replacement);
}

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

function withStorableTexts<Fields extends UsageRecord | UsageRecord['detail']>(fields: Fields): Fields {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? storable(value) : (value as unknown),
  ]);
  return Object.fromEntries(entries) as Fields;
}
