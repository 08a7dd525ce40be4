/** What a chart shows: stretches of time and, for each, the values of some series. */

/**
 * A number, also 0; null = nothing could be measured (a mean of no requests); undefined = not known, as for what is still
 * to come. A zero is drawn, the others are not, and a line has a gap there.
 */
export type ChartValue = number | null | undefined;

/** A colour of the palette, by the place of the series; `other` for the sum of what is not kept apart. */
export type SeriesColour = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 'other';

export interface ChartSeries {
  readonly id: string;
  /** Foreign text: names of keys and models. */
  readonly label: string;
  readonly colour: SeriesColour;
  /** Dashed lines are comparisons or percentiles beside the main line. */
  readonly isDashed?: boolean;
  /** One for each stretch. */
  readonly values: readonly ChartValue[];
}

/** A stretch of time, in seconds since 1970; the end is exclusive. */
export interface ChartStretch {
  readonly start: number;
  readonly end: number;
}

export type StretchSize = 'quarter' | 'hour' | 'day' | 'week' | 'month';

export interface ChartData {
  readonly size: StretchSize;
  /** Whether the last stretch is not over yet: it is drawn paler. */
  readonly isOpen?: boolean;
  /** How the axis names the times, where that is not by the size of the stretches. */
  readonly tickSize?: StretchSize;
  readonly stretches: readonly ChartStretch[];
  readonly series: readonly ChartSeries[];
}
