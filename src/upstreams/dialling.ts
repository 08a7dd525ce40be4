/**
 * Restricts where a channel may connect. It parses the base URL once and checks every resolved address when
 * connecting, so that neither an odd spelling nor a changed DNS answer reaches an internal network.
 */
import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { HalleyError } from '../platform/errors.ts';
import { noProxyWord, parseProxyAddress } from '../platform/proxy-address.ts';
import { mayBePrivate, type ProxyChoice, type ProxySettings } from './proxies.ts';
import { type BasePath, readBasePath, withoutEndpoint } from './upstream-path.ts';

/** The base URL of the built-in demo upstream. */
export const demoBaseUrl = 'demo:';

export interface DialSettings {
  /** Whether private addresses and plain http are allowed. */
  readonly allow_private: boolean;
}

export interface BaseUrl extends BasePath {
  /** Scheme, host and port, such as `https://api.example.com`. */
  readonly origin: string;
}

const wrong = (message: string, param = 'base_url') => new HalleyError('invalid_value', { message, param });

/**
 * Whether an address belongs to the public internet. IPv6 must be global unicast (RFC 4291) and outside the special
 * ranges. Of the forms that embed an IPv4 address, only mapped (RFC 4291) and NAT64 (RFC 6052) ones can be public,
 * and only when the embedded address is.
 * @param address an IPv4 or IPv6 address, without brackets
 */
export function isPublicAddress(address: string): boolean {
  // ipaddr.js would read the obsolete `::a.b.c.d` (RFC 4291 2.5.5.1) as a mapped address.
  if (isIP(address) === 0 || /^::\d+\./.test(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === 'unicast';
  if (parsed.match(ipaddr.IPv6.parse('64:ff9b::'), 96)) {
    return isPublicAddress(parsed.toByteArray().slice(12).join('.'));
  }
  return parsed.match(ipaddr.IPv6.parse('2000::'), 3) && parsed.range() === 'unicast';
}

const credentialName = /^(?:(?:api|access|auth)[-_]?)?(?:key|token)$/i;

/**
 * Parses a channel's base URL.
 * @throws HalleyError('invalid_value') with the problem and what to do
 */
export function parseBaseUrl(url: string, settings: DialSettings): BaseUrl {
  if (/[^\x21-\x7e\u00a1-\uffff]|\\/.test(url)) {
    throw wrong('The base URL contains a space, a backslash or a control character. Remove it.');
  }
  const parsed = URL.parse(url);
  if (!parsed || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')) {
    throw wrong('The base URL must be a complete http or https address, such as https://api.example.com.');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw wrong("The base URL contains a user name or password. Put credentials into the channel's keys.");
  }
  if ([...parsed.searchParams.keys()].some((name) => credentialName.test(name))) {
    throw wrong(
      "The base URL contains a key in its query. Put credentials into the channel's keys or extra headers.",
    );
  }
  if (parsed.hash !== '') {
    throw wrong('The base URL must end before its #. Remove what follows.');
  }
  const instead = withoutEndpoint(parsed);
  if (instead !== undefined) {
    throw wrong(
      `The base URL ends with the path of an endpoint, which is added to it. Write ${instead} instead.`,
    );
  }
  if (!settings.allow_private) checkPublic(parsed);
  return { origin: parsed.origin, ...readBasePath(parsed) };
}

const remedy =
  'To allow it, set upstreams.allow_private (HALLEY_UPSTREAMS_ALLOW_PRIVATE=true) and restart the gateway.';

function checkPublic(url: URL): void {
  if (url.protocol !== 'https:') {
    throw wrong(`The base URL uses plain http, which is not allowed here. Use https. ${remedy}`);
  }
  const inner = innerHost(url);
  if (inner !== undefined) {
    throw wrong(`The base URL leads to ${inner}, which is not a public address. ${remedy}`);
  }
}

/** Returns the host if it is evidently not public. Does not resolve names. */
function innerHost(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const literal = isIP(host) !== 0;
  const local = /(^|\.)localhost\.?$/.test(host);
  return local || (literal && !isPublicAddress(host)) ? host : undefined;
}

/**
 * Parses a channel's proxy: `direct` or an address.
 * @throws HalleyError('invalid_value') with the problem, without the credentials of the proxy
 */
export function readChannelProxy(text: string, settings: ProxySettings): ProxyChoice {
  if (text === noProxyWord) return { proxy: text, credentials: undefined };
  const address = parseProxyAddress(text);
  if (!address) {
    const example = 'http://user:password@proxy.example:3128';
    throw wrong(`The proxy must be an http or https address, such as ${example}, or direct.`, 'proxy');
  }
  const inner = mayBePrivate(address.origin, settings) ? undefined : innerHost(new URL(address.origin));
  if (inner !== undefined) {
    throw wrong(`The proxy is at ${inner}, which is not a public address. ${remedy}`, 'proxy');
  }
  return { proxy: address.origin, credentials: address.credentials };
}

/**
 * Checks whether a channel may have this base URL. Does not resolve names: the connection checks the addresses.
 * @throws HalleyError('invalid_value') with the problem and what to do
 */
export function checkBaseUrl(url: string, settings: DialSettings): void {
  if (url !== demoBaseUrl) parseBaseUrl(url, settings);
}

/**
 * Creates a lookup for `net.connect` that returns only addresses that it has checked. Refuses a name if even one of
 * its addresses is not public.
 */
export function publicOnlyLookup(lookup: LookupFunction = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = Array.isArray(found) ? found : [];
      const inside = addresses.find(({ address }) => !isPublicAddress(address));
      const first = addresses[0];
      if (error) callback(error, []);
      else if (inside || !first) {
        const log = first
          ? `${hostname} resolves to ${inside?.address}, which is not a public address (setting upstreams.allow_private)`
          : `${hostname} has no address`;
        callback(new HalleyError('upstream_unreachable', { log }), []);
      } else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
