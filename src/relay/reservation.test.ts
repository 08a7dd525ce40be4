import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { freeOf } from '../domain/accounting/balance.ts';
import { holdersOf } from '../domain/accounting/holder.ts';
import type { ReservationRequest } from '../domain/accounting/terms.ts';
import { noPieces, noToolCalls, noUsage } from '../domain/usage.ts';
import { unitsOf } from '../ledger/price.ts';
import { anyRatesOf, noPrice } from '../ledger/test-rates.ts';
import { ManualClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { MemoryLedger } from '../store/contract/memory-ledger.ts';
import { type CostBound, Reservation } from './reservation.ts';

const payer = { keyId: 1, accountId: 2 };
const plain = 1_000_000;

const anyBudget = fc.option(
  fc.nat(200_000).map((units) => ({ units, period: 'daily', timeZone: 'UTC', softPercent: 100 }) as const),
);
const anyTerms = fc.record({ remaining: fc.nat(200_000), unlimited: fc.boolean(), budget: anyBudget });
const anyCost = fc.record({
  rates: anyRatesOf(fc.nat(3_000_000), fc.nat(1_000_000)),
  multiplier: fc.constantFrom(plain, 1_500_000, 300_000),
  inputTokens: fc.nat(2000),
  mediaTokens: fc.nat(500),
  counted: fc.option(fc.nat(2000), { nil: undefined }),
  outputTokens: fc.integer({ min: 1, max: 40_000 }),
  choices: fc.integer({ min: 1, max: 4 }),
  thinkingTokens: fc.nat(2000),
  isLowerable: fc.boolean(),
  longCacheWrites: fc.boolean(),
});
type AnyCost = typeof anyCost extends fc.Arbitrary<infer Cost> ? Cost : never;

const boundOf = ({
  inputTokens,
  mediaTokens,
  outputTokens,
  choices,
  longCacheWrites,
}: AnyCost): CostBound['bound'] => {
  return {
    inputTokens: inputTokens + mediaTokens,
    mediaTokens,
    outputTokens,
    choices,
    pieces: noPieces,
    tiers: [],
    toolCalls: noToolCalls,
    longCacheWrites,
  };
};

function reservationFor(ledger: MemoryLedger, cost: AnyCost, requestId: string, min: number) {
  const clock = new ManualClock();
  clock.now = () => ledger.now * 1000;
  const reservation = new Reservation(
    {
      ledger: { reserve: async (request: ReservationRequest) => ledger.reserve([request])[0] ?? 'gone' },
      tokens: { boundFor: async () => cost.counted },
      clock,
      loweredOutputTokensMin: min,
    },
    requestId,
  );
  const { thinkingTokens, isLowerable, outputTokens, multiplier, rates } = cost;
  const made = reservation.make({
    model: 'm',
    holders: holdersOf(payer),
    bound: boundOf(cost),
    outputTokens,
    prices: [{ priceId: 1, rates }],
    multiplier,
    text: () => ({ text: '', extraTokens: 0 }),
    outputLimit: () => (isLowerable ? { field: 'max_tokens', thinkingTokens, places: [] } : undefined),
  });
  return { reservation, made };
}

/** What it costs when the model writes all that it may, of the dearest kind. */
function dearest({ rates, multiplier, choices, counted, ...cost }: AnyCost, outputTokens: number): number {
  const { inputTokens } = boundOf({ rates, multiplier, choices, counted, ...cost });
  const input =
    counted === undefined ? inputTokens : Math.min(inputTokens, Math.max(counted, cost.mediaTokens));
  const all = choices * outputTokens;
  const kinds = [{}, { reasoningTokens: all }, { imageOutputTokens: all }, { cachedTokens: input }];
  return Math.max(
    ...kinds.map((kind) =>
      unitsOf({ ...noUsage, inputTokens: input, outputTokens: all, ...kind }, rates, multiplier),
    ),
  );
}

test('whatever the balances, a lowered limit costs no more than is reserved, and no more is reserved than there is', async () => {
  const seen = { lowered: 0, refused: 0, whole: 0 };
  await fc.assert(
    fc.asyncProperty(
      anyTerms,
      anyTerms,
      fc.array(anyCost, { minLength: 2, maxLength: 4 }),
      fc.constantFrom(0, 16, 1024),
      async (key, account, costs, min) => {
        const ledger = new MemoryLedger();
        ledger.addAccount(payer.accountId, account);
        ledger.addKey(payer.keyId, payer.accountId, key);
        // All at once: each asks while the others have asked, and not yet got all of theirs.
        const running = costs.map((cost, at) => ({ cost, ...reservationFor(ledger, cost, `r${at}`, min) }));
        const outcomes = await Promise.allSettled(running.map(({ made }) => made));
        for (const [at, { cost, reservation }] of nonEmpty([...running.entries()])) {
          const held = ledger.reservations.find(({ requestId }) => requestId === `r${at}`);
          assert.equal(held !== undefined, outcomes[at]?.status === 'fulfilled');
          assert.equal(held !== undefined, reservation.made);
          const { lowered } = reservation;
          seen[held ? (lowered ? 'lowered' : 'whole') : 'refused'] += 1;
          if (!held) continue;
          assert.ok(dearest(cost, lowered?.tokens ?? cost.outputTokens) <= held.units);
          if (!lowered) continue;
          assert.ok(min > 0 && cost.isLowerable);
          assert.ok(lowered.tokens >= min + cost.thinkingTokens && lowered.tokens <= cost.outputTokens);
        }
        for (const holder of nonEmpty(ledger.holders()))
          assert.ok(freeOf(holder, ledger.now) >= 0 || holder.reserved === 0);
      },
    ),
    { numRuns: 600 },
  );
  assert.ok(Math.min(...Object.values(seen)) > 20, JSON.stringify(seen));
});

const cost: AnyCost = {
  rates: { ...noPrice, input: 2_000_000, output: 4_000_000 },
  multiplier: plain,
  inputTokens: 100,
  mediaTokens: 0,
  counted: undefined,
  outputTokens: 32_000,
  choices: 1,
  thinkingTokens: 0,
  isLowerable: true,
  longCacheWrites: false,
};

async function limitFor(remaining: number, changes: Partial<AnyCost> = {}, min = 1024) {
  const ledger = new MemoryLedger();
  ledger.addAccount(payer.accountId, { remaining: 0, unlimited: true, budget: null });
  ledger.addKey(payer.keyId, payer.accountId, { remaining, unlimited: false, budget: null });
  const { reservation, made } = reservationFor(ledger, { ...cost, ...changes }, 'r', min);
  try {
    await made;
  } catch (error) {
    assert.ok(error instanceof HalleyError);
    return error.code;
  }
  return reservation.lowered?.tokens;
}

test('the limit is the largest that fits, for each choice, beside counted input and a thinking budget', async () => {
  assert.equal(limits.quota_units_per_usd, 500_000);
  // One unit for each input token and two for each of the output.
  assert.equal(await limitFor(64_100), undefined);
  assert.equal(await limitFor(64_099), 31_999);
  assert.equal(await limitFor(10_100, { choices: 3 }), 1666);
  assert.equal(await limitFor(10_100, { counted: 20 }), 5040);
  assert.equal(await limitFor(2148), 1024);
  const code = 'pre_consume_token_quota_failed';
  assert.equal(await limitFor(2147), code);
  assert.equal(await limitFor(2148, { thinkingTokens: 1 }), code);
  assert.equal(await limitFor(2150, { thinkingTokens: 1 }), 1025);
  assert.equal(await limitFor(64_099, { isLowerable: false }), code);
  assert.equal(await limitFor(64_099, {}, 0), code);
  assert.equal(await limitFor(2099, { outputTokens: 1000 }), code);
  assert.equal(await limitFor(0), code);
});
