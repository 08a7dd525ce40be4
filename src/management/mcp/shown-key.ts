/** A key as tools show it: without its value, which would stay in the context of a model. */
import { type KeyRecord, keyRecordSchema } from '../tokens/schemas.ts';

export interface ShownKey extends Omit<KeyRecord, 'key'> {
  /** Start and end of the value, to distinguish keys: `sk-abcd…wxyz`. */
  readonly hint: string;
}

const startChars = 7;
const endChars = 4;

/** @param data the record of an endpoint, its value masked or not */
export function shownKey(data: unknown): ShownKey {
  const { key, ...facts } = keyRecordSchema.parse(data);
  return { ...facts, hint: `${key.slice(0, startChars)}…${key.slice(-endChars)}` };
}
