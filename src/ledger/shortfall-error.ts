/** Says why a request was refused for want of quota or budget: what was needed, and what is left. Pure. */

import type { HolderKind } from '../domain/accounting/holder.ts';
import { shortfallCode } from '../domain/accounting/shortfall-code.ts';
import type { Shortfall } from '../domain/accounting/terms.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';

const holderTexts: { readonly [Kind in HolderKind]: string } = {
  key: 'this API key',
  account: 'the account',
};

/** @param needed units that the request may cost at most */
export function shortfallError({ holder, limit, free, reserved, resetsAt }: Shortfall, needed: number) {
  const left = `The ${limit} of ${holderTexts[holder.kind]} has ${amount(free)} left`;
  const besides = reserved > 0 ? `, and ${amount(reserved)} is reserved by running requests` : '';
  const reset =
    resetsAt === undefined ? '' : ` The next period begins at ${new Date(resetsAt * 1000).toISOString()}.`;
  const message = `${left}${besides}; this request may cost up to ${amount(Math.max(needed, 1))}.${reset} Lower its output limit, shorten it, or raise the ${limit}.`;
  return new HalleyError(shortfallCode(holder.kind, limit), { message });
}

function amount(units: number): string {
  const usd = (units / limits.quota_units_per_usd).toFixed(6);
  return `${units} ${units === 1 ? 'unit' : 'units'} (${usd} USD)`;
}
