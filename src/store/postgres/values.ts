/** Value ranges and list literals of PostgreSQL. */

/** Whether a number can be the id of a row; asking PostgreSQL for another is an error. */
export function isRowId(id: number): boolean {
  return Number.isSafeInteger(id);
}

/** Whether PostgreSQL can hold a text: it has no NUL. */
export function isStorable(text: string): boolean {
  return !text.includes('\0');
}

/** `$first, $first+1, …` for as many columns. */
export function parameters(columns: readonly string[], first: number): string {
  return columns.map((_, at) => `$${first + at}`).join(', ');
}

/** `column = $first, …` for UPDATE. */
export function assignments(columns: readonly string[], first: number): string {
  return columns.map((column, at) => `${column} = $${first + at}`).join(', ');
}
