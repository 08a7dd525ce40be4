/** Fits the columns of a table into a width: selects columns, sets their widths, truncates text. Pure. */
import stringWidth from 'string-width';

/** Between two columns. */
export const gap = 2;

export interface Measure {
  /** Width of the widest text in it. */
  readonly natural: number;
  /** Width that it may be cut to; undefined = it is never cut. */
  readonly shrinksTo: number | undefined;
  /** Columns with a higher rank are left out first; 0 = always shown. */
  readonly rank: number;
}

export interface Layout {
  /** Indices of the columns that are shown, in their order. */
  readonly shown: readonly number[];
  /** Of each column that is shown. */
  readonly widths: readonly number[];
}

const least = ({ natural, shrinksTo = natural }: Measure): number => Math.min(natural, shrinksTo);

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + gap * Math.max(widths.length - 1, 0);

/** Leaves columns out only when cutting is not enough. */
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
      (best, { measure }, at) => {
        const width = widths[at] ?? 0;
        return width > least(measure) && width > best.width ? { at, width } : best;
      },
      { at: -1, width: 0 },
    );
    if (widest.at === -1) break;
    widths[widest.at] = widest.width - 1;
  }
  return { shown: shown.map(({ index }) => index), widths };
}

export const widthOf = (text: string): number => stringWidth(text);

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The text in at most `width` characters, with `…` where something was cut off. */
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

/** Words in lines of at most `width` characters; a longer word has a line of its own. */
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
