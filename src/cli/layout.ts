/** Fits the columns of a table into a width: selects columns, sets their widths, truncates text. Pure. */
import stringWidth from 'string-width';

/** Number of spaces between two columns. */
export const gap = 2;

export interface Measure {
  /** Width of the column's widest text. */
  readonly natural: number;
  /** Smallest width after truncation; undefined means that the column is never truncated. */
  readonly shrinksTo: number | undefined;
  /** The table omits columns with the highest rank first; it always shows rank 0. */
  readonly rank: number;
}

export interface Layout {
  /** Indices of the shown columns, in order. */
  readonly shown: readonly number[];
  /** Width of each shown column. */
  readonly widths: readonly number[];
}

const least = ({ natural, shrinksTo = natural }: Measure): number => Math.min(natural, shrinksTo);

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + gap * Math.max(widths.length - 1, 0);

/** Omits columns only when truncation does not suffice. */
export function layOut(measures: readonly Measure[], available: number): Layout {
  let shown = measures.map((measure, index) => ({ measure, index }));
  while (total(shown.map(({ measure }) => least(measure))) > available) {
    const rank = Math.max(...shown.map(({ measure }) => measure.rank));
    if (rank === 0) break;
    shown = shown.filter(({ measure }) => measure.rank !== rank);
  }
  const widths = shown.map(({ measure }) => measure.natural);
  for (let excess = total(widths) - available; excess > 0; excess -= 1) {
    const widest = shown.reduce(
      (best, { measure }, index) => {
        const width = widths[index] ?? 0;
        return width > least(measure) && width > best.width ? { index, width } : best;
      },
      { index: -1, width: 0 },
    );
    if (widest.index === -1) break;
    widths[widest.index] = widest.width - 1;
  }
  return { shown: shown.map(({ index }) => index), widths };
}

export const widthOf = (text: string): number => stringWidth(text);

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Truncates text to at most `width` characters and marks the truncation with `…`. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(width - widthOf(text), 0));

/** Breaks text into lines of at most `width` characters; a longer word gets a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    const longer = last === '' ? word : `${last} ${word}`;
    if (last === '' || widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
