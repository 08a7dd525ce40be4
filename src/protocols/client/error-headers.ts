/** Headers of an error response on a model path. Pure. */
import { type HalleyError, isFinal } from '../../platform/errors.ts';

/** `x-should-retry` is read by the clients of OpenAI and Anthropic; without it some repeat a 401 for minutes. */
export function errorHeaders(error: HalleyError): Readonly<Record<string, string>> {
  return isFinal(error) ? { ...error.headers, 'x-should-retry': 'false' } : error.headers;
}
