/** IPv4 and IPv6 addresses and CIDR ranges as texts. Pure, also in a browser. */
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface IpRange {
  readonly network: Address;
  readonly bits: number;
}

/**
 * Refuses octal, hexadecimal and short forms of IPv4, and zones. An IPv4-mapped IPv6 address is its IPv4 address.
 * @returns undefined for what is not an address
 */
export function parseAddress(text: string): Address | undefined {
  if (!isFourPart(text) && !isIpv6(text)) return undefined;
  return ipaddr.process(text);
}

const isFourPart = (text: string) => ipaddr.IPv4.isValidFourPartDecimal(text);

function isIpv6(text: string): boolean {
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return false;
  // The library also takes hexadecimal and short forms of the IPv4 address at the end.
  const last = text.slice(text.lastIndexOf(':') + 1);
  return !last.includes('.') || isFourPart(last);
}

/** @returns undefined for what is neither an address nor a CIDR range */
export function parseRange(entry: string): IpRange | undefined {
  const [addressText = '', bitsText, ...more] = entry.split('/');
  const network = parseAddress(addressText);
  if (!network || more.length > 0) return undefined;
  const bitsMax = network.kind() === 'ipv4' ? 32 : 128;
  if (bitsText === undefined) return { network, bits: bitsMax };
  if (!/^(0|[1-9]\d{0,2})$/.test(bitsText)) return undefined;
  // A range written over IPv4-mapped addresses counts the 96 bits before the IPv4 address too.
  const bits = Number(bitsText) - (network.kind() === 'ipv4' && addressText.includes(':') ? 96 : 0);
  if (bits < 0 || bits > bitsMax) return undefined;
  return { network: firstOf(network, bits), bits };
}

function firstOf(address: Address, bits: number): Address {
  const bytes = address.toByteArray();
  return ipaddr.fromByteArray(bytes.map((byte, index) => byte & (0xff00 >> clamp(bits - 8 * index, 0, 8))));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

export function contains(range: IpRange, address: Address): boolean {
  return address.kind() === range.network.kind() && address.match(range.network, range.bits);
}

/** The normalised text of a range. */
export function rangeText({ network, bits }: IpRange): string {
  const whole = bits === (network.kind() === 'ipv4' ? 32 : 128);
  return whole ? network.toString() : `${network.toString()}/${bits}`;
}
