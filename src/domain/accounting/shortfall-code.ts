/** Names the error that a holder refuses with when its quota or budget does not suffice. */
import type { ErrorCode } from '../../platform/errors.ts';
import type { HolderKind } from './holder.ts';
import type { Shortfall } from './terms.ts';

const quotaCodes: { readonly [Kind in HolderKind]: ErrorCode } = {
  key: 'pre_consume_token_quota_failed',
  account: 'insufficient_user_quota',
};

export function shortfallCode(kind: HolderKind, limit: Shortfall['limit']): ErrorCode {
  return limit === 'budget' ? 'budget_exceeded' : quotaCodes[kind];
}
