/** What the bench finds out: figures, each with its bound, and how they are shown. */
import { padded, widthOf } from '../src/cli/layout.ts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `x` = a ratio; '' = a count. */
  readonly unit: 'x' | '' | 'MB' | 'kB' | 'us' | 'ms';
  /** At most this; absent where the figure is only told. */
  readonly bound?: number;
  /** Smallest and largest of the rounds that `value` is the median of. */
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

/** Value and spread of a figure that was measured in several rounds. */
export function overRounds(values: readonly number[]): Pick<Figure, 'value' | 'spread'> {
  return { value: median(values), spread: [Math.min(...values), Math.max(...values)] };
}

const shown = (value: number) => value.toFixed(Math.abs(value) < 10 ? 2 : 0);

/** `pass` or `FAIL`, or nothing for a figure without a bound. */
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
  const width = (at: number) => Math.max(...lines.map((line) => widthOf(line[at] ?? '')));
  return lines
    .map((line) =>
      line
        .map((cell, at) => padded(cell, width(at)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
