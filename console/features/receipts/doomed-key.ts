/** Keys that are to be deleted, and what the user types to confirm it. Pure. */

export interface DoomedKey {
  readonly id: number;
  readonly name: string;
}

/** The name of the key, or how many keys there are. */
export function confirmationOf(keys: readonly DoomedKey[]): string {
  const [only, ...more] = keys;
  return only && more.length === 0 ? only.name.trim() || String(only.id) : String(keys.length);
}
