/** Parses the address of an HTTP proxy from settings, environment variables and channels. Pure. */

/** Means that no proxy is used. */
export const noProxyWord = 'direct';

export interface ProxyAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  /** User name and password, joined by a colon; undefined without them. */
  readonly credentials: string | undefined;
}

/**
 * @returns undefined for anything else. `http://` is optional, except before a single word, which is probably a
 * mistake. Only a slash may follow host and port.
 */
export function parseProxyAddress(text: string): ProxyAddress | undefined {
  if (/[^\x21-\x7e]|\\/.test(text)) return undefined;
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  if (!whole && !/\.|:\d/.test(text)) return undefined;
  const url = URL.parse(whole ? text : `http://${text}`);
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  if (url.pathname !== '/' || url.href.includes('?') || url.href.includes('#')) return undefined;
  const { origin, username, password } = url;
  if (username === '' && password === '') return { origin, credentials: undefined };
  try {
    return { origin, credentials: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` };
  } catch {
    return undefined;
  }
}
