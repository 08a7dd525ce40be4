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
  /** The absolute numbers behind the figure, in words. */
  readonly detail: string;
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

const shown = (value: number) => value.toFixed(Math.abs(value) < 10 ? 2 : 0);

/** Returns `pass` or `FAIL`, or an empty text for a figure without a bound. */
export function verdict({ value, bound }: Figure): '' | 'pass' | 'FAIL' {
  if (bound === undefined) return '';
  return value <= bound ? 'pass' : 'FAIL';
}

export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, value, unit, bound, spread, detail } = figure;
    return [
      name,
      `${shown(value)} ${unit}`,
      spread ? `${shown(spread[0])} to ${shown(spread[1])}` : '',
      bound === undefined ? '' : `${shown(bound)} ${unit}`,
      verdict(figure),
      detail,
    ];
  });
  const lines = [['figure', 'value', 'rounds', 'at most', '', 'detail'], ...rows];
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
