/** Values that PostgreSQL cannot hold: asking for one is an error there, so that callers look first. */

/** Whether a number can be the id of a row. */
export function isRowId(id: number): boolean {
  return Number.isSafeInteger(id);
}

/** Whether PostgreSQL can hold a text: it has no NUL. */
export function isStorable(text: string): boolean {
  return !text.includes('\0');
}

/** Whether PostgreSQL can hold each value that a query asks for. Where it cannot, no row has it. */
export function canBeAsked(parameters: object): boolean {
  return Object.values(parameters).every((value) => {
    if (typeof value === 'string') return isStorable(value);
    return typeof value !== 'number' || isRowId(value);
  });
}
