/** Today, 7 and 30 days of a time zone, each beside the period before, and the days one by one. */
import { z } from 'zod';
import {
  addQuarterSums,
  noQuarterSums,
  type QuarterSums,
  quarterOf,
  quarterSeconds,
} from '../../domain/accounting/quarters.ts';
import { earlier, startOfZonedDay } from '../../domain/usage-buckets.ts';
import type { UsageFilter } from '../../store/usage-store.ts';
import type { Services } from '../services.ts';
import { figuresOf, figuresSchema } from './figures.ts';

const periodDays = [1, 7, 30] as const;

export const periodSchema = z.object({
  days: z.union([z.literal(1), z.literal(7), z.literal(30)]).describe('1 = today.'),
  start: z.int().describe('Midnight of the first day in the time zone, in seconds since 1970.'),
  end: z.int().describe('Exclusive: the end of the present quarter hour.'),
  totals: figuresSchema,
  previous: z
    .object({ start: z.int(), end: z.int(), totals: figuresSchema })
    .describe(
      'The same number of days before, up to the same time of day, so that both periods have the same length.',
    ),
});

export const daySchema = figuresSchema.extend({
  start: z.int().describe('Midnight in the time zone, in seconds since 1970.'),
  end: z.int(),
});

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The stretches of a period of so many days up to now, and of the one before. */
function stretchesOf(days: number, now: number, timeZone: string): { present: Stretch; previous: Stretch } {
  const end = quarterOf(now) + quarterSeconds;
  const start = startOfZonedDay(now, timeZone, days - 1);
  return {
    present: { start, end },
    previous: {
      start: startOfZonedDay(now, timeZone, 2 * days - 1),
      end: earlier(end, days, 'day', timeZone),
    },
  };
}

/** Reads all of it at once. */
export async function readPeriods(
  { reads }: Pick<Services, 'reads'>,
  filter: UsageFilter,
  now: number,
  timeZone: string,
) {
  const stretches = periodDays.map((days) => ({ days, ...stretchesOf(days, now, timeZone) }));
  const days = Array.from({ length: 30 }, (_, at) => {
    const start = startOfZonedDay(now, timeZone, 29 - at);
    return {
      start,
      end: at === 29 ? quarterOf(now) + quarterSeconds : startOfZonedDay(now, timeZone, 28 - at),
    };
  });
  const ends = [...stretches.flatMap(({ present, previous }) => [present, previous]), ...days];
  const bounds = [...new Set(ends.flatMap(({ start, end }) => [start, end]))].sort(
    (left, right) => left - right,
  );
  const rows = await reads.sumUsage({ ...filter, bounds });
  const sumsOf = ({ start, end }: Stretch): QuarterSums => {
    const sums = noQuarterSums();
    for (const row of rows) {
      const at = bounds[row.stretch] ?? 0;
      if (at >= start && at < end) addQuarterSums(sums, row.sums);
    }
    return sums;
  };
  return {
    periods: stretches.map(({ days: length, present, previous }) => ({
      days: length,
      ...present,
      totals: figuresOf(sumsOf(present)),
      previous: { ...previous, totals: figuresOf(sumsOf(previous)) },
    })),
    days: days.map((day) => ({ ...day, ...figuresOf(sumsOf(day)) })),
  };
}
