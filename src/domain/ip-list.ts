/**
 * The list of addresses a key may be used from: IPv4 and IPv6 addresses and CIDR ranges, one per line. An
 * IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) is the same as its IPv4 address, in the list and in a client.
 */
import { isIP } from 'node:net';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { contains, type IpRange, parseAddress, parseRange, rangeText } from './ip-range.ts';
import { quoted } from './text-rules.ts';

export interface IpList {
  /** The list again, normalised: one entry a line, ranges by their first address. */
  readonly text: string;
  /** Whether a client at this address may pass. What is not an address never passes. */
  matches(clientAddress: string): boolean;
}

/**
 * @returns undefined when there is no entry, which stands for "no restriction"
 * @throws HalleyError('invalid_value') naming the line (from 1) and its text
 */
export function parseIpList(text: string): IpList | undefined {
  if (text.length > limits.allow_ips_chars_max) {
    throw invalid(
      `allow_ips is longer than ${limits.allow_ips_chars_max} characters. Join entries into ranges.`,
    );
  }
  const ranges: IpRange[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const entry = line.trim();
    if (entry === '') continue;
    if (ranges.length === limits.allow_ips_lines_max) {
      throw invalid(`allow_ips has more than ${limits.allow_ips_lines_max} entries. Join them into ranges.`);
    }
    const range = parseRange(entry);
    if (!range) {
      const wanted = 'an IPv4 or IPv6 address or CIDR range, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32';
      throw invalid(`Line ${index + 1} of allow_ips, ${quoted(entry)}, is not ${wanted}.`);
    }
    ranges.push(range);
  }
  if (ranges.length === 0) return undefined;
  return {
    text: ranges.map(rangeText).join('\n'),
    matches(clientAddress) {
      // The zone of a link-local address names an interface of this machine, not a place.
      const address = isIP(clientAddress) === 0 ? undefined : parseAddress(clientAddress.replace(/%.*/, ''));
      return address !== undefined && ranges.some((range) => contains(range, address));
    },
  };
}

function invalid(message: string): HalleyError {
  return new HalleyError('invalid_value', { message, param: 'allow_ips' });
}
