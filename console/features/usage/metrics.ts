/** What can be seen of usage: how it is read from the figures, written and drawn. Pure but for the formats. */
import type { SeriesColour } from '../../components/charts/chart-data.ts';
import { chartFormat } from '../../format/chart-format.ts';
import { format } from '../../format/format.ts';
import type { MessageOf } from '../../i18n/messages.ts';
import type { Figures } from './figures.ts';

export const metricIds = ['spend', 'requests', 'tokens', 'success', 'firstByte', 'speed'] as const;
export type MetricId = (typeof metricIds)[number];

/** A part of a metric, drawn where nothing else is kept apart. */
export interface MetricPart {
  readonly label: MessageOf<'usage'>;
  readonly colour: SeriesColour;
  readonly isDashed?: boolean;
  readonly value: (figures: Figures) => number | null;
}

export interface Metric {
  readonly id: MetricId;
  readonly label: MessageOf<'usage'>;
  /** What counts, in a sentence. */
  readonly hint: MessageOf<'usage'>;
  readonly shape: 'bars' | 'lines';
  /** Null = there was nothing to measure. */
  readonly value: (figures: Figures) => number | null;
  readonly format: (value: number) => string;
  /** The end of the axis where it is fixed. */
  readonly top?: number;
  /** Whether more of it is good, bad, or neither. */
  readonly more: 'good' | 'bad' | 'neither';
  /** Whether it is a share, whose change is a difference and no growth. */
  readonly isShare?: boolean;
  readonly parts: readonly MetricPart[];
}

const unitsPerUsd = 500_000;
const formatUsd = (usd: number) => format.money(Math.round(usd * unitsPerUsd));
const tokens = ({ prompt_tokens, completion_tokens }: Figures) => prompt_tokens + completion_tokens;

export const metrics: Readonly<Record<MetricId, Metric>> = {
  spend: {
    id: 'spend',
    label: 'spend',
    hint: 'spendHint',
    shape: 'bars',
    value: ({ quota }) => quota / unitsPerUsd,
    format: formatUsd,
    more: 'neither',
    parts: [{ label: 'spend', colour: 1, value: ({ quota }) => quota / unitsPerUsd }],
  },
  requests: {
    id: 'requests',
    label: 'requests',
    hint: 'requestsHint',
    shape: 'bars',
    value: ({ requests, errors }) => requests + errors,
    format: format.compact,
    more: 'neither',
    parts: [
      { label: 'succeeded', colour: 1, value: ({ requests }) => requests },
      { label: 'failed', colour: 2, value: ({ errors }) => errors },
    ],
  },
  tokens: {
    id: 'tokens',
    label: 'tokens',
    hint: 'tokensHint',
    shape: 'bars',
    value: tokens,
    format: format.compact,
    more: 'neither',
    parts: [
      { label: 'inputTokens', colour: 1, value: (figures) => figures.prompt_tokens - figures.cached_tokens },
      { label: 'cachedTokens', colour: 5, value: ({ cached_tokens }) => cached_tokens },
      { label: 'outputTokens', colour: 2, value: ({ completion_tokens }) => completion_tokens },
    ],
  },
  success: {
    id: 'success',
    label: 'success',
    hint: 'successHint',
    shape: 'lines',
    value: ({ success_rate }) => success_rate,
    format: chartFormat.rate,
    top: 1,
    isShare: true,
    more: 'good',
    parts: [{ label: 'success', colour: 1, value: ({ success_rate }) => success_rate }],
  },
  firstByte: {
    id: 'firstByte',
    label: 'firstByte',
    hint: 'firstByteHint',
    shape: 'lines',
    value: ({ first_byte_p50_ms }) => first_byte_p50_ms,
    format: format.duration,
    more: 'bad',
    parts: [
      { label: 'median', colour: 1, value: ({ first_byte_p50_ms }) => first_byte_p50_ms },
      {
        label: 'percentile95',
        colour: 2,
        isDashed: true,
        value: ({ first_byte_p95_ms }) => first_byte_p95_ms,
      },
    ],
  },
  speed: {
    id: 'speed',
    label: 'speed',
    hint: 'speedHint',
    shape: 'lines',
    value: ({ tokens_per_second }) => tokens_per_second,
    format: format.compact,
    more: 'good',
    parts: [{ label: 'speed', colour: 1, value: ({ tokens_per_second }) => tokens_per_second }],
  },
};

/** The value in words; what could not be measured has none. */
export function metricText({ value, format: text }: Metric, figures: Figures): string | undefined {
  const measured = value(figures);
  return measured === null ? undefined : text(measured);
}
