/** Checks and calls URLs that clients or upstreams named: none may lead to an internal network. */
import { isIP } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { isPublicAddress, publicOnlyLookup } from './dialling.ts';

/** Whether a host is evidently not public. Names are resolved, and checked again, when they are connected to. */
function isInnerHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? /(^|\.)localhost\.?$/.test(host) : !isPublicAddress(host);
}

/** @returns why the URL may not be called; undefined = it may */
function faultOf(text: string, allowPrivate: boolean): string | undefined {
  const url = text.length > limits.callback_url_chars_max ? null : URL.parse(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return 'is not a complete http or https URL';
  if (url.username !== '' || url.password !== '') return 'contains a user name or a password';
  if (allowPrivate) return undefined;
  if (url.protocol !== 'https:') return 'uses plain http, where https is required';
  return isInnerHost(url.hostname) ? 'does not lead to a public address' : undefined;
}

/**
 * @param field that holds it, for the message
 * @throws HalleyError('invalid_value') saying what is wrong with it
 */
export function checkCallbackUrl(field: string, value: unknown, allowPrivate: boolean): string {
  const fault = typeof value === 'string' ? faultOf(value, allowPrivate) : 'is no text';
  if (typeof value === 'string' && fault === undefined) return value;
  throw new HalleyError('invalid_value', {
    message: `"${field}" ${fault}. Name a public https URL.`,
    param: field,
  });
}

/** Sends requests to such URLs. Redirects are not followed. */
export class GuardedClient {
  readonly #agent: Agent;
  readonly #allowPrivate: boolean;

  constructor(allowPrivate: boolean) {
    this.#allowPrivate = allowPrivate;
    this.#agent = new Agent({
      headersTimeout: limits.webhook_ms_max,
      bodyTimeout: limits.webhook_ms_max,
      maxHeaderSize: limits.upstream_header_bytes_max,
      connect: {
        timeout: limits.webhook_ms_max,
        ...(!allowPrivate && { lookup: publicOnlyLookup() }),
      },
    });
  }

  /** @throws HalleyError('upstream_unreachable') for a URL that may not be called; what undici throws */
  request(
    url: string,
    options: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>,
  ): Promise<Dispatcher.ResponseData> {
    const fault = faultOf(url, this.#allowPrivate);
    if (fault !== undefined) throw new HalleyError('upstream_unreachable', { log: `a URL ${fault}` });
    const { origin, pathname, search } = new URL(url);
    return this.#agent.request({ ...options, origin, path: pathname + search });
  }

  /** Ends what runs. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }
}
