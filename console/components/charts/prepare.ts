/** Prepares what charts draw, without drawing it: stacks, runs of lines, the labels that fit. Pure. */
import type { ChartSeries, ChartStretch, ChartValue, SeriesColour } from './chart-data.ts';

const colours: readonly SeriesColour[] = [1, 2, 3, 4, 5, 6, 7];

/** The colour of a series by its place from 0. Further ones than there are colours look like the rest. */
export function colourAt(place: number): SeriesColour {
  return colours[place] ?? 'other';
}

/** One part of a stacked bar. */
export interface BarPart {
  readonly series: number;
  readonly from: number;
  readonly to: number;
}

/** The parts of each bar, lowest first. Without a value there is no part; parts of 0 have no height. */
export function stackedBars(series: readonly ChartSeries[], count: number): readonly (readonly BarPart[])[] {
  return Array.from({ length: count }, (_, at) => {
    let from = 0;
    const parts: BarPart[] = [];
    for (const [place, { values }] of series.entries()) {
      const value = values[at];
      if (value === null || value === undefined) continue;
      parts.push({ series: place, from, to: from + value });
      from += value;
    }
    return parts;
  });
}

export interface RunPoint {
  readonly at: number;
  readonly value: number;
}

/** The unbroken runs of a line: it ends where there is no value, and begins again behind. */
export function runsOf(values: readonly ChartValue[]): readonly (readonly RunPoint[])[] {
  const runs: RunPoint[][] = [];
  let run: RunPoint[] = [];
  for (const [at, value] of values.entries()) {
    if (value === null || value === undefined) {
      run = [];
      continue;
    }
    if (run.length === 0) runs.push(run);
    run.push({ at, value });
  }
  return runs;
}

/** The highest point that has to fit; 0 when there is none. */
export function highestOf(series: readonly ChartSeries[], count: number, isStacked: boolean): number {
  const heights = isStacked
    ? stackedBars(series, count).map((parts) => parts.at(-1)?.to ?? 0)
    : series.flatMap(({ values }) => values.map((value) => value ?? 0));
  return heights.reduce((highest, value) => Math.max(highest, value), 0);
}

/** Whether any series has a value. */
export function hasValues(series: readonly ChartSeries[]): boolean {
  return series.some(({ values }) => values.some((value) => value !== null && value !== undefined));
}

/**
 * The stretches that get a label on the axis of time: evenly spaced, at most so many.
 * @returns their places
 */
export function labelledPlaces(count: number, most: number): readonly number[] {
  const step = Math.max(1, Math.ceil(count / Math.max(1, most)));
  return Array.from({ length: Math.ceil(count / step) }, (_, place) => place * step);
}

/** The values of stretches that have not begun are not known. */
export function withoutFuture(
  values: readonly (number | null)[],
  stretches: readonly ChartStretch[],
  nowSeconds: number,
): readonly ChartValue[] {
  return values.map((value, at) => ((stretches[at]?.start ?? 0) > nowSeconds ? undefined : value));
}

/** @returns the difference of two shares; null when there was nothing to compare with */
export function differenceFrom(value: number | null, before: number | null): number | null {
  return value === null || before === null ? null : value - before;
}

/** @returns how much more than before: 0.25 = a quarter more; null when there was nothing to compare with */
export function changeFrom(value: number | null, before: number | null): number | null {
  if (value === null || before === null || before === 0) return null;
  return (value - before) / before;
}
