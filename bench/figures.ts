/** Formats the results of the bench: figures with their bounds. */
import { padded, widthOf } from '../src/cli/layout.ts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `x` means a ratio, '' a count. */
  readonly unit: 'x' | '' | 'MB' | 'kB' | 'us' | 'ms';
  /** Upper bound; absent for figures that are only reported. */
  readonly bound?: number;
  /** Smallest and largest value of the rounds. `value` is their median. */
  readonly spread?: readonly [number, number];
  /** The same figure of another revision, from the same rounds. */
  readonly against?: Against;
  /** The absolute numbers behind the figure, in words. */
  readonly detail: string;
}

/** What `--against` adds to a figure. */
export interface Against {
  /** The figure of the other revision, in the unit of the figure. */
  readonly before: number;
  /** The present revision's quantity relative to that of the other: the median of the rounds. */
  readonly ratio: number;
  readonly spread?: readonly [number, number];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Computes value and spread of a figure from several rounds. */
export function overRounds(values: readonly number[]): Pick<Figure, 'value' | 'spread'> {
  return { value: median(values), spread: [Math.min(...values), Math.max(...values)] };
}

/**
 * @param before the values of the figure for the other revision
 * @param ratios of the present revision to the other
 */
export function against(before: readonly number[], ratios: readonly number[]): Against {
  const { value, spread } = overRounds(ratios);
  return { before: median(before), ratio: value, ...(ratios.length > 1 && spread && { spread }) };
}

const shown = (value: number) => value.toFixed(Math.abs(value) < 10 ? 2 : 0);

/** Returns `pass` or `FAIL`, or an empty text for a figure without a bound. */
export function verdict({ value, bound }: Figure): '' | 'pass' | 'FAIL' {
  if (bound === undefined) return '';
  return value <= bound ? 'pass' : 'FAIL';
}

const rangeText = (spread: readonly [number, number] | undefined) =>
  spread ? `${shown(spread[0])} to ${shown(spread[1])}` : '';

/** With figures of another revision the table has more columns. */
export function figureTable(figures: readonly Figure[]): string {
  const compared = figures.some((figure) => figure.against);
  const rows = figures.map((figure) => {
    const { name, value, unit, bound, spread, against, detail } = figure;
    const other = against
      ? [`${shown(against.before)} ${unit}`, `${shown(against.ratio)} x`, rangeText(against.spread)]
      : ['', '', ''];
    return [
      name,
      `${shown(value)} ${unit}`,
      rangeText(spread),
      ...(compared ? other : []),
      bound === undefined ? '' : `${shown(bound)} ${unit}`,
      verdict(figure),
      detail,
    ];
  });
  const heads = compared ? ['now', 'rounds', 'before', 'now to before', 'rounds'] : ['value', 'rounds'];
  return textTable([['figure', ...heads, 'at most', '', 'detail'], ...rows]);
}

/** Aligns columns. */
export function textTable(lines: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...lines.map((line) => widthOf(line[column] ?? '')));
  return lines
    .map((line) =>
      line
        .map((cell, index) => padded(cell, width(index)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
