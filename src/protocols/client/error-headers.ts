/** Headers of an error response on a model path. Pure. */
import { errorHelp } from '../../platform/error-help.ts';
import { type HalleyError, isFinal } from '../../platform/errors.ts';

/**
 * `x-should-retry` is read by the clients of OpenAI and Anthropic; without it some repeat a 401 for minutes.
 * @param hasDocs whether the gateway serves the documentation to which a link leads
 */
export function errorHeaders(error: HalleyError, hasDocs: boolean): Readonly<Record<string, string>> {
  const help = hasDocs ? errorHelp(error.code) : {};
  return { ...error.headers, ...help, ...(isFinal(error) && { 'x-should-retry': 'false' }) };
}
