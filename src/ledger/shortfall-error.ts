/** Says why a request was refused for want of quota: what was needed, and what is left. Pure. */

import type { Shortfall } from '../domain/accounting/terms.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';

const whose = {
  key_quota: 'The quota of this API key',
  account_quota: 'The quota of the account',
  key_budget: 'The budget of this API key',
  account_budget: 'The budget of the account',
} as const;

const codes = {
  key_quota: 'pre_consume_token_quota_failed',
  account_quota: 'insufficient_user_quota',
  key_budget: 'budget_exceeded',
  account_budget: 'budget_exceeded',
} as const;

/** @param needed units that the request may cost at most */
export function shortfallError({ limit, free, held, resetsAt }: Shortfall, needed: number): HalleyError {
  const left = `${whose[limit]} has ${amount(free)} left`;
  const besides = held > 0 ? `, besides ${amount(held)} held by requests that are running` : '';
  const reset =
    resetsAt === undefined ? '' : ` It begins anew at ${new Date(resetsAt * 1000).toISOString()}.`;
  const message = `${left}${besides}; this request may cost up to ${amount(Math.max(needed, 1))}.${reset} Lower its output limit, shorten it, or raise the ${resetsAt === undefined ? 'quota' : 'budget'}.`;
  return new HalleyError(codes[limit], { message });
}

function amount(units: number): string {
  const usd = (units / limits.quota_units_per_usd).toFixed(6);
  return `${units} ${units === 1 ? 'unit' : 'units'} (${usd} USD)`;
}
