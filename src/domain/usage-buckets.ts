/** Cuts a time span into quarter hours, hours, days, weeks or months of a time zone. Pure. Times are seconds UTC. */
import { quarterOf, quarterSeconds } from './accounting/quarters.ts';
import { midnight } from './budget.ts';

export const bucketSizes = ['quarter', 'hour', 'day', 'week', 'month'] as const;
export type BucketSize = (typeof bucketSizes)[number];

export interface BucketSpan {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly size: BucketSize;
  readonly timeZone: string;
}

const hourSeconds = 3600;
const calendarSteps = { day: { days: 1 }, week: { weeks: 1 }, month: { months: 1 } } as const;

/**
 * The bounds of the buckets that the span touches, the first and last of them cut to its quarter hours. Days begin at
 * midnight, weeks on Monday, hours as the clock of the zone shows them when the span begins.
 * @returns undefined when there are more than `max` buckets
 */
export function bucketBounds(span: BucketSpan, max: number): readonly number[] | undefined {
  const from = quarterOf(span.from);
  const to = quarterOf(span.to + quarterSeconds - 1);
  const bounds = [from];
  for (const bound of boundsAfter({ ...span, from })) {
    if (bound >= to) break;
    // A day that a zone left out, as Samoa in 2011, has no bucket.
    if (bound <= (bounds.at(-1) ?? from)) continue;
    if (bounds.length >= max) return undefined;
    bounds.push(bound);
  }
  return [...bounds, to];
}

/** Where buckets begin after the beginning of the span, for ever. */
function* boundsAfter({ from, size, timeZone }: BucketSpan): Generator<number> {
  if (size === 'quarter' || size === 'hour') {
    const step = size === 'hour' ? hourSeconds : quarterSeconds;
    const offset = zoned(from, timeZone).offsetNanoseconds / 1e9;
    for (let at = from - ((from + offset) % step) + step; ; at += step) yield at;
  }
  for (let day = firstDay(from, size, timeZone); ; ) {
    day = day.add(calendarSteps[size]);
    yield quarterOf(midnight(day, timeZone));
  }
}

function firstDay(at: number, size: BucketSize, timeZone: string): Temporal.PlainDate {
  const day = zoned(at, timeZone).toPlainDate();
  if (size === 'week') return day.subtract({ days: day.dayOfWeek - 1 });
  return size === 'month' ? day.with({ day: 1 }) : day;
}

const zoned = (seconds: number, timeZone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(timeZone);

/**
 * The bounds of the period before: each as many whole days, weeks or months earlier, at the same time of day, as are needed
 * for it to end before the period begins.
 */
export function boundsBefore(
  bounds: readonly number[],
  size: BucketSize,
  timeZone: string,
): readonly number[] {
  const [from = 0, to = 0] = [bounds[0], bounds.at(-1)];
  // A span that begins within a bucket touches one more than its length.
  const [most, fewer] = [bounds.length - 1, bounds.length - 2];
  const count = fewer > 0 && earlier(to, fewer, size, timeZone) <= from ? fewer : most;
  return bounds.map((bound) => earlier(bound, count, size, timeZone));
}

/** The same time of day, so many buckets earlier. */
export function earlier(at: number, count: number, size: BucketSize, timeZone: string): number {
  if (size === 'quarter') return at - count * quarterSeconds;
  if (size === 'hour') return at - count * hourSeconds;
  const { days = 0, weeks = 0, months = 0 } = calendarSteps[size] as Record<string, number>;
  const before = zoned(at, timeZone).subtract({
    days: days * count,
    weeks: weeks * count,
    months: months * count,
  });
  return quarterOf(Math.floor(before.epochMilliseconds / 1000));
}

/** @param day as `2027-01-31` @param daysAfter 1 = the day after it */
export function startOfNamedDay(day: string, timeZone: string, daysAfter = 0): number {
  return quarterOf(midnight(Temporal.PlainDate.from(day).add({ days: daysAfter }), timeZone));
}

/** The first second of the day that a time lies in, or of a day so many days before it. */
export function startOfZonedDay(at: number, timeZone: string, daysBefore = 0): number {
  return quarterOf(midnight(zoned(at, timeZone).toPlainDate().subtract({ days: daysBefore }), timeZone));
}
