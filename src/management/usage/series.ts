/** Usage over time: buckets of a time zone, the highest models, keys and so on apart, and the period before. */
import { z } from 'zod';
import {
  addQuarterSums,
  noQuarterSums,
  type QuarterSums,
  sumNames,
} from '../../domain/accounting/quarters.ts';
import { boundsBefore, bucketBounds, bucketSizes } from '../../domain/usage-buckets.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { UsageRow } from '../../store/usage-store.ts';
import { wrongParameter } from '../query-parameters.ts';
import type { Services } from '../services.ts';
import { figuresOf, figuresSchema } from './figures.ts';
import { namedValue, nameFields } from './names.ts';
import type { SeriesQuery } from './parameters.ts';

const bucketSchema = z.object({
  start: z.int().describe('Seconds since 1970.'),
  end: z.int().describe('Exclusive.'),
});
const lineSchema = z.object({
  totals: figuresSchema.describe('Of the whole span.'),
  points: z.array(figuresSchema).describe('One for each bucket, in their order.'),
});
const seriesSchema = lineSchema.extend({
  ...nameFields,
  is_other: z.boolean().describe('Whether it is the sum of all other series; it is then the last one.'),
  previous: figuresSchema.nullable().describe('Of the period before; null unless `compare=previous`.'),
});

export const usageSeriesSchema = z.object({
  time_zone: z.string(),
  bucket: z.enum(bucketSizes),
  start: z.int().describe('Seconds since 1970.'),
  end: z.int().describe('Exclusive.'),
  complete_from: z
    .int()
    .describe(
      'Before this time an earlier version counted usage by the hour, without channels, groups, cached tokens and times; 0 = never.',
    ),
  buckets: z
    .array(bucketSchema)
    .describe('The first and last are shorter where the span does not begin or end with one.'),
  total: lineSchema,
  series: z.array(seriesSchema).describe('With `by`, the highest first.'),
  others: z.int().describe('Number of series that are summed up in "other".'),
  previous: lineSchema
    .extend({ start: z.int(), end: z.int(), buckets: z.array(bucketSchema) })
    .nullable()
    .describe('The total of the same number of buckets before; null unless `compare=previous`.'),
});
export type UsageSeries = z.infer<typeof usageSeriesSchema>;
type Line = z.infer<typeof lineSchema>;

/**
 * @param isForAdmin whether channels, and the accounts of keys, are named
 * @throws HalleyError('invalid_value') for more buckets, `refused` for more points than one response may hold
 */
export async function usageSeries(
  services: Services,
  query: SeriesQuery,
  isForAdmin: boolean,
): Promise<UsageSeries> {
  const { reads, store } = services;
  const { filter, size, timeZone, by, compares } = query;
  const bounds = bucketBounds(query, limits.usage_buckets_max);
  if (!bounds)
    throw wrongParameter(
      'bucket',
      `gives more than ${limits.usage_buckets_max} buckets: choose a longer one`,
    );
  const [from = 0, to = 0] = [bounds[0], bounds.at(-1)];
  const before = compares ? boundsBefore(bounds, size, timeZone) : undefined;
  const ranking =
    by && (await reads.rankUsage({ ...filter, by, from, to, order: query.order, limit: query.top }));
  const values = ranking?.values ?? [];
  requireFewPoints(bounds.length - 1, values.length);
  const total = sumsByStretch(await reads.sumUsage({ ...filter, bounds }), bounds);
  const previous = before && sumsByStretch(await reads.sumUsage({ ...filter, bounds: before }), before);
  return {
    time_zone: timeZone,
    bucket: size,
    start: from,
    end: to,
    complete_from: await store.usageCompleteFrom(),
    buckets: bucketsOf(bounds),
    total: lineOf(total),
    series: by
      ? await seriesBy(services, query, { by, values, bounds, before, total, previous, isForAdmin })
      : [],
    others: Math.max(0, (ranking?.count ?? 0) - values.length),
    previous:
      previous && before ? { ...spanOf(before), buckets: bucketsOf(before), ...lineOf(previous) } : null,
  };
}

function requireFewPoints(buckets: number, series: number): void {
  if (buckets * (series + 2) <= limits.usage_points_max) return;
  throw new HalleyError('refused', {
    message: `The result has more than ${limits.usage_points_max} points. Choose a longer bucket, a shorter period or fewer series.`,
  });
}

const bucketsOf = (bounds: readonly number[]) =>
  bounds.slice(0, -1).map((start, at) => ({ start, end: bounds[at + 1] ?? start }));

const spanOf = (bounds: readonly number[]) => ({ start: bounds[0] ?? 0, end: bounds.at(-1) ?? 0 });

/** One for each stretch, also for those without usage. */
function sumsByStretch(rows: readonly UsageRow[], bounds: readonly number[]): QuarterSums[] {
  const sums = bounds.slice(1).map(noQuarterSums);
  for (const row of rows) {
    const there = sums[row.stretch];
    if (there) addQuarterSums(there, row.sums);
  }
  return sums;
}

function lineOf(points: readonly QuarterSums[]): Line {
  return { totals: figuresOf(together(points)), points: points.map(figuresOf) };
}

function together(points: readonly QuarterSums[]): QuarterSums {
  const sums = noQuarterSums();
  for (const point of points) addQuarterSums(sums, point);
  return sums;
}

function without(whole: Readonly<QuarterSums>, parts: readonly Readonly<QuarterSums>[]): QuarterSums {
  const rest = { ...whole };
  // Read one after another, so that a request in between is in the parts and not in the whole.
  for (const name of sumNames)
    rest[name] = Math.max(
      0,
      parts.reduce((left, part) => left - part[name], rest[name]),
    );
  return rest;
}

interface Parts {
  readonly by: NonNullable<SeriesQuery['by']>;
  readonly values: readonly (number | string)[];
  readonly bounds: readonly number[];
  readonly before: readonly number[] | undefined;
  readonly total: readonly QuarterSums[];
  readonly previous: readonly QuarterSums[] | undefined;
  readonly isForAdmin: boolean;
}

async function seriesBy(
  services: Services,
  { filter }: SeriesQuery,
  parts: Parts,
): Promise<UsageSeries['series']> {
  const { reads } = services;
  const { by, values, bounds, before, total, previous, isForAdmin } = parts;
  const rows = values.length === 0 ? [] : await reads.sumUsage({ ...filter, by, values, bounds });
  const linesOf = values.map((value) =>
    sumsByStretch(
      rows.filter((row) => row.value === value),
      bounds,
    ),
  );
  const pastSums = before && (await pastOf(reads, parts, filter));
  const series: UsageSeries['series'] = [];
  for (const [at, value] of values.entries()) {
    series.push({
      ...(await namedValue(services, by, value, isForAdmin)),
      is_other: false,
      ...lineOf(linesOf[at] ?? []),
      previous: pastSums ? figuresOf(pastSums[at] ?? noQuarterSums()) : null,
    });
  }
  const rest = total.map((sums, stretch) =>
    without(
      sums,
      linesOf.flatMap((line) => line[stretch] ?? []),
    ),
  );
  const pastRest = previous && pastSums ? without(together(previous), pastSums) : undefined;
  const isEmpty = (sums: QuarterSums) => sums.requests === 0 && sums.errors === 0;
  if (rest.every(isEmpty) && (!pastRest || isEmpty(pastRest))) return series;
  const other = { id: null, name: null, username: null, is_other: true, ...lineOf(rest) };
  return [...series, { ...other, previous: pastRest ? figuresOf(pastRest) : null }];
}

/** Sums of the period before, in the order of the values. */
async function pastOf(
  reads: Services['reads'],
  { by, values, before = [] }: Parts,
  filter: SeriesQuery['filter'],
) {
  const bounds = [before[0] ?? 0, before.at(-1) ?? 0];
  const rows = values.length === 0 ? [] : await reads.sumUsage({ ...filter, by, values, bounds });
  return values.map((value) => rows.find((row) => row.value === value)?.sums ?? noQuarterSums());
}
