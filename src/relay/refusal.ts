/** Decides which error a client gets in place of an upstream's. Pure. */
import type { ErrorMeaning } from '../protocols/upstream/error-rules.ts';
import type { UpstreamError } from './upstream-error.ts';

/** The error that a client gets when no upstream is left. */
export function codeOf(meaning: ErrorMeaning): 'upstream_rejected' | 'upstream_broken' {
  const isOwnAccount = meaning === 'credentials' || meaning === 'used_up' || meaning === 'model_refused';
  return isOwnAccount ? 'upstream_rejected' : 'upstream_broken';
}

/** The gateway's own error in place of the upstream's; undefined = the upstream's passes. */
export function refusalOf({ status, headers }: UpstreamError, meaning: ErrorMeaning) {
  const code = codeOf(meaning);
  if (code === 'upstream_rejected' || status < 400) return code;
  const isJson = /\bjson\b/.test(headers['content-type'] ?? '');
  return status >= 500 && !isJson ? code : undefined;
}
