/** Decides whether a channel reaches its upstream through a proxy, and through which. Pure. */
import ipaddr from 'ipaddr.js';
import { noProxyWord, type ProxyAddress, parseProxyAddress } from '../platform/proxy-address.ts';
import type { Settings } from '../platform/settings/schema.ts';

export type ProxySettings = Pick<
  Settings['upstreams'],
  'allow_private' | 'https_proxy' | 'http_proxy' | 'no_proxy'
>;

export interface UpstreamProxy extends ProxyAddress {
  /** Whether the proxy may have a private address. */
  readonly allowPrivate: boolean;
}

export interface ProxyChoice {
  /** `direct`, the origin of a proxy, or null to use the settings. */
  readonly proxy: string | null;
  readonly credentials: string | undefined;
}

/**
 * Whether a proxy may have a private address: if channels may use those, or if the operator set this proxy for the
 * gateway.
 */
export function mayBePrivate(origin: string, settings: ProxySettings): boolean {
  if (settings.allow_private) return true;
  const own = [settings.https_proxy, settings.http_proxy];
  return own.some((text) => text !== undefined && parseProxyAddress(text)?.origin === origin);
}

/** @param origin origin of the upstream */
export function proxyFor(
  origin: string,
  { proxy, credentials }: ProxyChoice,
  settings: ProxySettings,
): UpstreamProxy | undefined {
  if (proxy === noProxyWord) return undefined;
  if (proxy !== null) return { origin: proxy, credentials, allowPrivate: mayBePrivate(proxy, settings) };
  const url = new URL(origin);
  const text = url.protocol === 'https:' ? settings.https_proxy : settings.http_proxy;
  if (text === undefined || text === noProxyWord || isExempt(url, settings.no_proxy)) return undefined;
  const address = parseProxyAddress(text);
  return address && { ...address, allowPrivate: true };
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '').replace(/(?<=.)\.$/, '');

/** Whether the list of hosts, as in `NO_PROXY`, includes the host of the URL. */
export function isExempt(url: URL, list: readonly string[]): boolean {
  const host = bare(url.hostname);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list.some((entry) => matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInRange(host, entry);
  // One colon separates a port; several belong to an IPv6 address.
  const [, name = entry, onlyPort] = /^(\[.+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  if (onlyPort !== undefined && onlyPort !== port) return false;
  if (name === '*') return true;
  if (ipaddr.isValid(bare(name)) && ipaddr.isValid(host)) {
    return ipaddr.process(bare(name)).toString() === ipaddr.process(host).toString();
  }
  const domain = bare(name.replace(/^\*?\./, ''));
  return (host === domain && !name.startsWith('*.')) || host.endsWith(`.${domain}`);
}

function isInRange(host: string, range: string): boolean {
  if (!ipaddr.isValid(host) || !ipaddr.isValidCIDR(range)) return false;
  const [address, bits] = ipaddr.parseCIDR(range);
  const own = ipaddr.process(host);
  return own.kind() === address.kind() && own.match(address, bits);
}
