/** Decides which error a client gets in place of an upstream's. Pure. */
import type { HalleyError } from '../platform/errors.ts';
import { readUpstreamError } from '../protocols/translate/upstream-error.ts';
import type { ErrorMeaning } from '../protocols/upstream/error-rules.ts';
import { asObject, parseOr } from '../protocols/usage/usage-shape.ts';
import type { SecretMask } from '../upstreams/secret-mask.ts';
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

/** The upstream's error, for a client of another protocol. */
export function translatedError(
  { status, headers, json }: Pick<UpstreamError, 'status' | 'headers'> & { readonly json: unknown },
  secrets: SecretMask,
): HalleyError {
  const masked = asObject(parseOr(secrets.mask(JSON.stringify(json)))) ?? {};
  // Mutated by tests: an error of the upstream
  return readUpstreamError(status, masked, headers['retry-after']);
}
