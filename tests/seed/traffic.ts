/** Ninety days of requests of a key, as records. */
import { recordTypes } from '../../src/domain/accounting/terms.ts';
import { ratesIn } from '../../src/domain/rates.ts';
import type { TryResult } from '../../src/domain/request-course.ts';
import { noUsage, type Usage } from '../../src/domain/usage.ts';
import { unitsOf } from '../../src/ledger/price.ts';
import type { PriceBook } from '../../src/ledger/price-book.ts';
import type { RecordDetail, UsageRecord } from '../../src/store/ledger-store.ts';
import { channelPlans, type KeyPlan } from './cast.ts';
import { courseOf } from './course.ts';
import type { Dice } from './dice.ts';

export const daysOfTraffic = 90;

const daySeconds = 86_400;

/** A key with the account and the names that its records repeat. */
export interface Subject {
  readonly plan: KeyPlan;
  readonly username: string;
  readonly group: string;
  readonly prices: Pick<PriceBook, 'find' | 'multiplierOf'>;
}

/** A record whose account and key have no ids yet. */
export type DraftRecord = Omit<UsageRecord, 'accountId' | 'keyId'>;

interface Failure {
  readonly status: number;
  readonly errorCode: string;
  /** How each try ended; none = no upstream was asked. */
  readonly tries: readonly TryResult[];
}

const failures: readonly Failure[] = [
  { status: 429, errorCode: 'rate_limit_exceeded', tries: [] },
  { status: 502, errorCode: 'upstream_unreachable', tries: ['unreachable', 'unreachable', 'unreachable'] },
  { status: 400, errorCode: 'invalid_body', tries: [] },
  { status: 504, errorCode: 'upstream_timeout', tries: ['timeout'] },
];

/** Requests by the hour of the day in UTC: an office in Europe, with a tail from Asia. */
const hours = [2, 3, 3, 3, 2, 2, 4, 8, 12, 14, 13, 11, 10, 13, 14, 12, 9, 6, 4, 3, 3, 2, 2, 2] as const;
const hourDraws: readonly number[] = hours.flatMap((weight, hour) => Array<number>(weight).fill(hour));

/** In order of time. @param nowSeconds the end of the last day */
export function trafficOf(subject: Subject, dice: Dice, nowSeconds: number): DraftRecord[] {
  const { perDay, days: [from, to] = [daysOfTraffic - 1, 0] } = subject.plan;
  if (perDay === 0) return [];
  const today = Math.floor(nowSeconds / daySeconds) * daySeconds;
  const days = Array.from({ length: from - to + 1 }, (_, at) => today - (from - at) * daySeconds);
  return days
    .flatMap((day) => {
      const isWeekend = [0, 6].includes(new Date(day * 1000).getUTCDay());
      // It grows over the quarter, and no day is like the other.
      const growth = 0.6 + (0.4 * (day - today + daysOfTraffic * daySeconds)) / (daysOfTraffic * daySeconds);
      const requests = Math.round(perDay * growth * (isWeekend ? 0.3 : 1) * (0.6 + 0.8 * dice.next()));
      return Array.from(
        { length: requests },
        () => day + dice.pick(hourDraws) * 3600 + Math.floor(dice.next() * 3600),
      );
    })
    .filter((at) => at <= nowSeconds)
    .sort((a, b) => a - b)
    .map((at) => recordOf(subject, dice, at));
}

function recordOf(subject: Subject, dice: Dice, createdAt: number): DraftRecord {
  const { plan, prices, group } = subject;
  const model = dice.chance(0.7) ? (plan.models[0] ?? '') : dice.pick(plan.models);
  const failure = dice.chance(plan.errors ?? 0.008) ? dice.pick(failures) : undefined;
  const usage = failure ? noUsage : usageOf(plan, model, dice);
  const price = prices.find(model);
  const multiplier = prices.multiplierOf(group);
  const requestId = `demo-${Math.floor(dice.next() * 2 ** 48).toString(36)}-${createdAt.toString(36)}`;
  return {
    requestId,
    type: failure ? recordTypes.error : recordTypes.consume,
    createdAt,
    model,
    units: failure || !price ? 0 : unitsOf(usage, ratesIn(price.rates, ''), multiplier),
    detail: {
      ...detailOf(subject, model, usage, dice, failure),
      priceId: price?.priceId ?? 0,
      multiplier,
      responseId: failure ? '' : `resp-${requestId.slice(5)}`,
    },
  };
}

function usageOf({ tokens: [input, output] = [1200, 350] }: KeyPlan, model: string, dice: Dice): Usage {
  const inputTokens = dice.skewed(input);
  const isCached = /claude|gpt-5\.4/.test(model) && dice.chance(0.6);
  return {
    ...noUsage,
    inputTokens,
    cachedTokens: isCached ? Math.floor(inputTokens * 0.8) : 0,
    outputTokens: output === 0 ? 0 : dice.skewed(output),
  };
}

type TimedDetail = Omit<RecordDetail, 'priceId' | 'multiplier' | 'responseId'>;

function detailOf(
  { plan, username, group }: Subject,
  model: string,
  usage: Usage,
  dice: Dice,
  failure: Failure | undefined,
): TimedDetail {
  const isEmbedding = model.startsWith('text-embedding');
  const isAnthropic = model.startsWith('claude');
  const channels = channelPlans
    .map(({ name, models, groups }, at) => ({ name, models, groups, id: at + 2 }))
    .filter(({ models, groups }) => models.includes(model) && groups.includes(group));
  const tries: readonly TryResult[] = failure?.tries ?? (dice.chance(0.03) ? ['busy', 'ok'] : ['ok']);
  // The demo channel is made first. It serves what no other does.
  const channel = tries.length === 0 ? { name: '', id: 0 } : (channels[0] ?? { name: 'demo', id: 1 });
  const firstByteMs = Math.round((isEmbedding ? 60 : 350) * (0.5 + dice.skewed(100) / 100));
  const times = {
    firstByteMs: failure ? -1 : firstByteMs,
    totalMs: firstByteMs + usage.outputTokens * 12,
  };
  const path = isEmbedding ? '/v1/embeddings' : isAnthropic ? '/v1/messages' : '/v1/chat/completions';
  return {
    ...usage,
    username,
    keyName: plan.name,
    channelName: channel.name,
    channelId: channel.id,
    group,
    clientAddress: dice.pick(['10.20.4.17', '10.20.4.31', '192.0.2.17', '198.51.100.8', '2001:db8::5c']),
    operation: isEmbedding ? 'embeddings' : isAnthropic ? 'messages' : 'chat.completions',
    path,
    source: '',
    stream: !isEmbedding && dice.chance(0.75),
    status: failure?.status ?? 200,
    outcome: failure ? 'error' : dice.chance(0.02) ? 'client_gone' : 'done',
    errorCode: failure?.errorCode ?? '',
    estimated: false,
    ...times,
    attempts: tries.length,
    tier: '',
    variant: '',
    content: '',
    course: courseOf(tries, channels, times),
  };
}
