/** Rate limit headers of a response, in the form of the client's protocol. Pure. */
import type { LimitState, RateRefusal, RateState } from '../domain/accounting/rate-limits.ts';
import type { ProtocolName } from '../domain/protocol-name.ts';
import { HalleyError } from '../platform/errors.ts';

/**
 * OpenAI: `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, times as durations (platform.openai.com,
 * guide "Rate limits"). Anthropic: `anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset}`, times by
 * RFC 3339 (docs of the API, "Rate limits"). Gemini has none of its own, so its clients get those that the most
 * tools know, OpenAI's.
 * @param nowMs milliseconds since 1970 UTC
 * @returns none for a key without such limits
 */
export function rateLimitHeaders(
  protocol: ProtocolName,
  { requests, tokens }: RateState,
  nowMs: number,
): Record<string, string> {
  const headers = protocol === 'anthropic' ? anthropicHeaders : openaiHeaders;
  return {
    ...(requests && headers('requests', requests, nowMs)),
    ...(tokens && headers('tokens', tokens, nowMs)),
  };
}

/** The error for a request that was not admitted, with Retry-After and the headers of the protocol. */
export function rateLimitError(protocol: ProtocolName, refusal: RateRefusal, nowMs: number): HalleyError {
  const { limit, retryAfterSeconds, state } = refusal;
  const headers = {
    ...rateLimitHeaders(protocol, state, nowMs),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  };
  return new HalleyError(limit === 'concurrency' ? 'concurrency_limit_exceeded' : 'rate_limit_exceeded', {
    message: textOf(refusal),
    headers,
  });
}

function textOf({ limit, most, retryAfterSeconds }: RateRefusal): string {
  if (limit === 'concurrency') {
    return `This API key may have ${most} ${most === 1 ? 'request' : 'requests'} running at a time. Wait until one has ended.`;
  }
  if (retryAfterSeconds === undefined) {
    return `The request may use more tokens than the ${most} that this API key may use in a minute. Lower its output limit, shorten it, or raise the limit of the key.`;
  }
  return `This API key may ${limit === 'requests' ? 'make' : 'use'} ${most} ${limit} a minute. Try again in ${retryAfterSeconds} s.`;
}

type Kind = 'requests' | 'tokens';

function openaiHeaders(kind: Kind, state: LimitState): Record<string, string> {
  return {
    [`x-ratelimit-limit-${kind}`]: String(state.limit),
    [`x-ratelimit-remaining-${kind}`]: String(state.remaining),
    [`x-ratelimit-reset-${kind}`]: durationText(state.resetMs),
  };
}

function anthropicHeaders(kind: Kind, state: LimitState, nowMs: number): Record<string, string> {
  const resetAt = new Date(Math.ceil((nowMs + state.resetMs) / 1000) * 1000);
  return {
    [`anthropic-ratelimit-${kind}-limit`]: String(state.limit),
    [`anthropic-ratelimit-${kind}-remaining`]: String(state.remaining),
    [`anthropic-ratelimit-${kind}-reset`]: resetAt.toISOString().replace('.000Z', 'Z'),
  };
}

/** `59s` or `1m0s`, rounded up. */
function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
