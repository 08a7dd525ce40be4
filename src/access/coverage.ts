/** Decides whether the holders of a key still cover their in-flight requests. Pure. */
import { type Balance, uncoveredBy } from '../domain/accounting/balance.ts';
import type { HolderKind } from '../domain/accounting/holder.ts';
import { shortfallCode } from '../domain/accounting/shortfall-code.ts';
import { HalleyError } from '../platform/errors.ts';
import type { KeyWithAccount } from '../store/store.ts';

/**
 * @returns the error with which to abort in-flight requests, when a holder has nothing left or less than they
 * reserved; undefined when they may continue
 */
export function findUncovered(row: KeyWithAccount, nowSeconds: number): HalleyError | undefined {
  const uncovered = balancesOf(row).flatMap(([kind, balance]) => {
    const limit = uncoveredBy(balance, nowSeconds);
    return limit ? [{ kind, limit }] : [];
  });
  const first = uncovered.find(({ limit }) => limit === 'quota') ?? uncovered[0];
  return first && new HalleyError(shortfallCode(first.kind, first.limit));
}

/** Ordered from the top holder down, as for refusals. */
function balancesOf({ key, account }: KeyWithAccount): readonly (readonly [HolderKind, Balance])[] {
  return [
    ['account', { ...account, remaining: account.quota, unlimited: account.unlimitedQuota }],
    ['key', { ...key, remaining: key.remainQuota, unlimited: key.unlimitedQuota }],
  ];
}
