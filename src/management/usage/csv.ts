/** Usage over time as CSV (RFC 4180): the total, and each series, bucket by bucket. */
import { csvLine } from '../../domain/csv.ts';
import type { StreamedResponse } from '../response.ts';
import type { Figures } from './figures.ts';
import type { UsageSeries } from './series.ts';

const figureNames = [
  'quota',
  'requests',
  'errors',
  'success_rate',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'first_byte_ms',
  'first_byte_p50_ms',
  'first_byte_p95_ms',
  'tokens_per_second',
] as const satisfies readonly (keyof Figures)[];

type Row = Pick<UsageSeries['series'][number], 'id' | 'name' | 'username' | 'is_other' | 'points'>;

const total = { id: null, name: null, username: null, is_other: false };

async function* linesOf(usage: UsageSeries): AsyncGenerator<string> {
  yield csvLine(['line', 'id', 'name', 'username', 'start', 'end', 'time_zone', ...figureNames]);
  const rows: readonly (readonly [string, Row])[] = [
    ['total', { ...total, points: usage.total.points }],
    ...usage.series.map((row): [string, Row] => [row.is_other ? 'other' : 'series', row]),
  ];
  for (const [line, { id, name, username, points }] of rows) {
    const lines = usage.buckets.map(({ start, end }, at) => {
      const times = [timeIn(usage.time_zone, start), timeIn(usage.time_zone, end), usage.time_zone];
      return csvLine([line, id ?? '', name ?? '', username ?? '', ...times, ...cellsOf(points[at])]);
    });
    yield lines.join('');
  }
}

/** Unknown figures are empty, never 0. */
const cellsOf = (figures: Figures | undefined) => figureNames.map((name) => figures?.[name] ?? '');

/** Such as `2027-01-31T00:00:00+05:45`. */
const timeIn = (timeZone: string, seconds: number): string =>
  Temporal.Instant.fromEpochMilliseconds(seconds * 1000)
    .toZonedDateTimeISO(timeZone)
    .toString({ timeZoneName: 'never', smallestUnit: 'second' });

export function usageCsv(usage: UsageSeries): StreamedResponse {
  return {
    status: 200,
    contentType: 'text/csv; charset=utf-8',
    stream: linesOf(usage),
    headers: { 'content-disposition': 'attachment; filename="usage.csv"' },
  };
}
