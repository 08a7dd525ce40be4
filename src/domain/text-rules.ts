/** Rules that all texts written by owners share, and how a faulty text is quoted back to them. */

const quotedCharsMax = 80;

/** What is wrong with the characters of a text, in words that follow its name; undefined = nothing. */
export function characterFault(text: string): string | undefined {
  if (/\p{Cc}/u.test(text)) return 'contains a control character, such as a line break or a tab';
  if (!text.isWellFormed()) return 'contains half of a surrogate pair, which is not a character';
  return undefined;
}

/** Whether a text has more than `max` characters (code points), without counting a huge one through. */
export function isLongerThan(text: string, max: number): boolean {
  return text.length > 2 * max || [...text].length > max;
}

/** A text in quotes for an error message: escaped, and cut when long. */
export function quoted(text: string): string {
  const short = text.length > quotedCharsMax ? `${text.slice(0, quotedCharsMax)}…` : text;
  return JSON.stringify(short.toWellFormed());
}
