/** Determines the client address: the peer of the connection, or the address that a trusted proxy reports. */
import { isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { limits } from '../platform/limits.ts';
import { SettingsError } from '../platform/settings/load.ts';

/** Addresses in their shortest form: IPv4-mapped IPv6 as IPv4, without zones of link-local addresses. */
export interface ClientAddresses {
  normalise(peer: string): string;
  /** Whether X-Forwarded-For from this (normalized) peer is trusted. */
  isTrusted(address: string): boolean;
  /**
   * Walks X-Forwarded-For from the right, where the nearest proxy wrote, past every trusted proxy to the first
   * other address. At an entry that is no address it stops at the last good one, since the client may have invented
   * what stands further left.
   * @param peer normalized and trusted
   */
  forwarded(peer: string, xForwardedFor: string): string;
}

type Range = readonly [network: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

/**
 * @param trustedProxies addresses and CIDR ranges, as in the setting `http.trusted_proxies`
 * @throws SettingsError naming the setting and the invalid entry
 */
export function createClientAddresses(trustedProxies: readonly string[]): ClientAddresses {
  const ranges = trustedProxies.map(parseRange);
  const isTrusted = (text: string) => {
    if (ranges.length === 0 || isIP(text) === 0) return false;
    const address = ipaddr.parse(text);
    return ranges.some(
      ([network, bits]) => address.kind() === network.kind() && address.match(network, bits),
    );
  };
  return {
    normalise: (peer) => parseAddress(peer) ?? peer,
    isTrusted,
    forwarded(peer, xForwardedFor) {
      let client = peer;
      const entries = xForwardedFor.split(',', limits.header_bytes_max).slice(-limits.forwarded_hops_max);
      for (const entry of entries.reverse()) {
        const address = parseAddress(withoutPort(entry.trim()));
        if (address === undefined) return client;
        client = address;
        if (!isTrusted(address)) return client;
      }
      return client;
    },
  };
}

/**
 * The network that limits count an address for: an IPv4 address alone, and an IPv6 address with its /64, which one
 * subscriber commonly holds.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const parsed = ipaddr.IPv6.parse(address.replace(/%.*$/, ''));
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  return parsed.parts.slice(0, 4).join(':');
}

/** The addresses in X-Forwarded-For, in its order, without entries that are no addresses. */
export function forwardedAddresses(xForwardedFor: string): string[] {
  const entries = xForwardedFor.split(',', limits.header_bytes_max).slice(-limits.forwarded_hops_max);
  return entries.flatMap((entry) => parseAddress(withoutPort(entry.trim())) ?? []);
}

/** `192.0.2.1:80` and `[2001:db8::1]:80`, as some proxies write them, without port and brackets. */
function withoutPort(entry: string): string {
  return /^\[([^\]]+)\](?::\d{1,5})?$/.exec(entry)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(entry)?.[1] ?? entry;
}

function parseAddress(text: string): string | undefined {
  // `isIP` is stricter: it takes no octal, hexadecimal or short forms of IPv4.
  const bare = text.replace(/%.*/, '');
  return isIP(bare) === 0 ? undefined : ipaddr.process(bare).toString();
}

function parseRange(entry: string): Range {
  const [text = '', suffix, more] = entry.split('/');
  const family = isIP(text);
  const longest = family === 4 ? 32 : 128;
  const bits = suffix === undefined ? longest : /^\d{1,3}$/.test(suffix) ? Number(suffix) : Number.NaN;
  if (family === 0 || more !== undefined || text.includes('%') || !(bits <= longest)) {
    throw new SettingsError([
      `http.trusted_proxies: "${entry}" is not an address or CIDR range, such as 10.0.0.1 or 10.0.0.0/8`,
    ]);
  }
  const network = ipaddr.process(text);
  return network.kind() === 'ipv4' && family === 6 ? mapped(entry, network, bits) : [network, bits];
}

/** `::ffff:10.0.0.0/104` means the IPv4 range 10.0.0.0/8, since addresses are compared in that form. */
function mapped(entry: string, network: ipaddr.IPv4 | ipaddr.IPv6, bits: number): Range {
  if (bits < 96) {
    throw new SettingsError([
      `http.trusted_proxies: "${entry}" covers more than IPv4; write the IPv4 range itself, such as 10.0.0.0/8`,
    ]);
  }
  return [network, bits - 96];
}
