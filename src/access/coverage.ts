/** Decides whether what a key and its account have left still covers their in-flight requests. Pure. */
import { type Balance, budgetTime } from '../domain/accounting/balance.ts';
import { usedAt } from '../domain/budget.ts';
import { HalleyError } from '../platform/errors.ts';
import type { KeyWithAccount } from '../store/store.ts';

/**
 * @returns the error that running requests are ended with, when what is left is nothing or less than they hold;
 * undefined = they may go on
 */
export function findUncovered({ key, account }: KeyWithAccount, nowSeconds: number): HalleyError | undefined {
  const ofAccount = uncoveredBy(
    { ...account, left: account.quota, unlimited: account.unlimitedQuota },
    nowSeconds,
  );
  const ofKey = uncoveredBy({ ...key, left: key.remainQuota, unlimited: key.unlimitedQuota }, nowSeconds);
  if (ofAccount === 'quota') return new HalleyError('insufficient_user_quota');
  if (ofKey === 'quota') return new HalleyError('pre_consume_token_quota_failed');
  return ofAccount || ofKey ? new HalleyError('budget_exceeded') : undefined;
}

/** What does not cover the running requests any more; undefined = all is covered. */
export function uncoveredBy(balance: Balance, nowSeconds: number): 'quota' | 'budget' | undefined {
  const { left, unlimited, reserved, budget } = balance;
  if (!unlimited && lacks(left, reserved)) return 'quota';
  const time = budgetTime(balance, nowSeconds);
  if (budget && lacks(budget.units - usedAt(balance, time), reserved)) return 'budget';
  return undefined;
}

function lacks(left: number, reserved: number): boolean {
  return left <= 0 || left < reserved;
}
