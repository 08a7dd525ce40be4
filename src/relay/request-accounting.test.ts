import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyPolicy } from '../access/key-policy.ts';
import type { RateOutcome } from '../access/rate-limits.ts';
import type { RateState } from '../domain/accounting/rate-limits.ts';
import type { ReservationOutcome } from '../domain/accounting/terms.ts';
import { noCourse } from '../domain/request-course.ts';
import { noPieces, noToolCalls } from '../domain/usage.ts';
import { noPrice } from '../ledger/test-rates.ts';
import type { Operation } from '../operations/operation.ts';
import { operations } from '../operations/registry.ts';
import { ManualClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { openaiClientProtocol } from '../protocols/client/openai.ts';
import { noReport } from '../protocols/usage/usage-reader.ts';
import { RequestAccounting } from './request-accounting.ts';
import { parseRequestBody } from './request-body.ts';
import type { RequestResult } from './request-result.ts';

const operation: Operation = {
  client: openaiClientProtocol,
  name: 'test',
  modelInPath: undefined,
  charged: true,
  takes: 'json',
  kind: 'generate',
  checkBody: () => undefined,
  responseForm: () => 'json',
  bound: (_, inputTokens) => ({
    inputTokens,
    mediaTokens: 0,
    outputTokens: 10,
    choices: 1,
    pieces: noPieces,
    tiers: ['priority'],
    toolCalls: noToolCalls,
  }),
  text: () => ({ text: '', extraTokens: 0 }),
  calls: [
    {
      ...operations['chat.completions'].upstream,
      index: 0,
      api: 'chat',
      operation: 'test',
      path: () => '/',
      translator: undefined,
    },
  ],
  tailHold: () => {
    throw new Error('nothing is answered here');
  },
};

const record: KeyPolicy = {
  keyId: 7,
  keyName: 'test',
  holders: [],
  accountId: 3,
  username: 'test',
  state: 'enabled',
  accountState: 'enabled',
  expiresAtMs: Number.POSITIVE_INFINITY,
  ips: undefined,
  models: undefined,
  groups: ['default'],
  crossGroups: false,
  reserves: true,
  rateLimits: { requestsPerMinute: 5, tokensPerMinute: 0, concurrentRequests: 0 },
  contentDays: 0,
};

const ending: RequestResult = {
  outcome: 'cut',
  dropped: [],
  status: 403,
  errorCode: '',
  pipeline: undefined,
  report: noReport,
  channelName: '',
  channelId: 0,
  group: 'default',
  attempts: 0,
  isOwnCount: false,
  stream: false,
  timeline: { course: () => noCourse, exactCourse: () => noCourse, trace: undefined },
  firstByteMs: undefined,
  totalMs: 0,
  content: undefined,
};

const state: RateState = { requests: { limit: 5, remaining: 4, resetMs: 60_000 }, tokens: undefined };

const noTokens = async () => ({ tokens: 0, exact: true });

/** A request whose admission by the rate limits is at the test's word, and what came of it. */
function rig() {
  const counted = Promise.withResolvers<RateOutcome>();
  const reserved: number[] = [];
  const ended: (number | 'cancelled' | undefined)[] = [];
  const bill = new RequestAccounting(
    {
      ledger: {
        overdue: false,
        reserve: async ({ units }): Promise<ReservationOutcome> => {
          reserved.push(units);
          return 'reserved';
        },
        settle: async () => undefined,
      },
      prices: {
        find: () => ({ priceId: 1, rates: { ...noPrice, output: 2_000_000 } }),
        multiplierOf: () => 1_000_000,
      },
      tokens: { count: noTokens, estimate: noTokens, boundFor: async () => undefined },
      rateLimits: { begin: () => counted.promise },
      clock: new ManualClock(),
      unpriced: 'refuse',
      outputTokensDefault: 10,
      loweredOutputTokensMin: 0,
    },
    { requestId: 'r1', source: '', path: '/', clientAddress: '127.0.0.1', operation },
  );
  const open = (of: KeyPolicy) => {
    const bytes = Buffer.from(JSON.stringify({ model: 'm' }));
    const body = parseRequestBody({ segments: [bytes], length: bytes.length }, operation).read();
    return bill.open(of, ['default'], body);
  };
  const admit = () =>
    counted.resolve({
      admitted: true,
      end: (tokens) => ended.push(tokens),
      cancel: () => ended.push('cancelled'),
      state: () => state,
    });
  return { bill, open, admit, counted, reserved, ended };
}

test('a slot that comes by promise comes before room is reserved, and knows what the client is told', async () => {
  const { bill, open, admit, reserved, ended } = rig();
  const opening = open(record);
  assert.ok(opening);
  await Promise.resolve();
  assert.deepEqual([reserved, bill.rateState], [[], undefined]);
  admit();
  await opening;
  assert.equal(reserved.length, 1);
  assert.equal(bill.rateState, state);
  assert.deepEqual(ended, []);
  bill.settle({ ...ending, attempts: 1 }, () => undefined);
  assert.deepEqual(ended, [0]);
});

test('a request that ends before an attempt was made does not count against the limits of its key', async () => {
  const { bill, open, admit, ended } = rig();
  const opening = open(record);
  admit();
  await opening;
  bill.settle(ending, () => undefined);
  assert.deepEqual(ended, ['cancelled']);
});

test('a request that is over by then cancels its slot at once and reserves nothing', async () => {
  const { bill, open, admit, reserved, ended } = rig();
  const opening = open(record);
  assert.equal(bill.settle(ending, () => undefined).written, undefined);
  admit();
  await opening;
  assert.deepEqual([ended, reserved], [['cancelled'], []]);
});

test('a request that is refused, or that nobody could count, reserves nothing', async () => {
  const refused = rig();
  const opening = refused.open(record);
  refused.counted.resolve({ admitted: false, limit: 'requests', most: 5, retryAfterSeconds: 9, state });
  await assert.rejects(
    async () => opening,
    (error) =>
      error instanceof HalleyError &&
      error.code === 'rate_limit_exceeded' &&
      error.headers?.['retry-after'] === '9',
  );
  const away = rig();
  const waiting = away.open(record);
  away.counted.reject(new HalleyError('store_unavailable'));
  await assert.rejects(
    async () => waiting,
    (error) => error instanceof HalleyError && error.code === 'store_unavailable',
  );
  assert.deepEqual([refused.reserved, away.reserved], [[], []]);
});

test('a change of the key while it waits to be counted does not make it reserve twice, nor not at all', async () => {
  for (const reserves of [true, false]) {
    const { bill, open, admit, reserved } = rig();
    const opening = open({ ...record, reserves });
    assert.equal(await bill.cover(record), undefined);
    admit();
    await opening;
    assert.equal(reserved.length, 1);
  }
});
