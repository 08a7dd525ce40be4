/** The error of a request that a budget has no room for. Pure. */
import { HalleyError } from '../platform/errors.ts';
import type { Budget } from './budget.ts';

const periodNames = { daily: 'day', weekly: 'week', monthly: 'month' } as const;

/**
 * @param whose the budget's owner
 * @param resetsAt when its next period begins, in seconds UTC
 * @param room what the request may cost and what the budget still has, where the request is known
 */
export function budgetExceeded(
  whose: 'key' | 'account',
  { units, period }: Budget,
  resetsAt: number,
  nowSeconds: number,
  room?: { readonly needed: number; readonly free: number },
): HalleyError {
  const owner = whose === 'key' ? 'this API key' : 'the account';
  const when = new Date(resetsAt * 1000).toISOString().replace('.000Z', 'Z');
  const asked = room ? ` The request may cost ${room.needed} units; ${room.free} are left.` : '';
  return new HalleyError('budget_exceeded', {
    message: `The budget of ${owner}, ${units} units a ${periodNames[period]}, has no room for this.${asked} It begins anew at ${when}. Wait, or have it raised.`,
    headers: { 'retry-after': String(Math.max(1, resetsAt - nowSeconds)) },
  });
}
