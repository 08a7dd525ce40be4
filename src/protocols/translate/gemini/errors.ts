/** Writes errors within a response in Gemini's shape (google.rpc.Status). Pure. */
import { noFacts } from '../../upstream/error-facts.ts';
import { statusOf } from '../../upstream/error-rules.ts';
import type { ErrorEvent } from '../form/response.ts';

/** google/rpc/code.proto, by what an error in the middle of a response may be. */
const statusNames: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [429, 'RESOURCE_EXHAUSTED'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
]);

/** Names by which upstreams say that they have too much to do, besides those of the rules. */
const busyCodes: ReadonlyMap<string, number> = new Map([
  ['overloaded_error', 503],
  ['UNAVAILABLE', 503],
  ['timeout_error', 504],
  ['DEADLINE_EXCEEDED', 504],
  ['rate_limit_exceeded', 429],
]);

/** An error after the response has begun, as Google's client knows it: by a member `error` with a number as code. */
export function writeErrorEvent({ message, code }: ErrorEvent): string {
  const status = busyCodes.get(code) ?? statusOf({ ...noFacts, code, type: code });
  const name = statusNames.get(status);
  return JSON.stringify({
    error: {
      code: name ? status : 500,
      message,
      status: name ?? 'INTERNAL',
      details: code === '' ? [] : [{ '@type': errorInfo, reason: code, domain: 'halley' }],
    },
  });
}

const errorInfo = 'type.googleapis.com/google.rpc.ErrorInfo';
