/**
 * Rejects ambiguous requests before anything else reads them: forms that two programs may interpret differently, and
 * unsupported methods. Node's parser, kept strict, already refuses bare LF, folded headers, a space before the
 * colon, control characters, two lengths, and a length with chunks.
 */
import type { IncomingMessage } from 'node:http';
import { HalleyError } from '../platform/errors.ts';
import { hiddenUpgradeName } from './framing.ts';

/** `reg-name`, IPv4 or bracketed IPv6, and a port (RFC 3986, 3.2.2), without user information or path. */
const hostPattern = /^(?:(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+|\[[\da-f:.]+\])(?::(\d{0,5}))?$/i;

const malformed = (message: string) => new HalleyError('malformed_request', { message });

/**
 * One pass over the headers.
 * @param isUpgrade whether the parser has taken it for an offer to upgrade
 * @returns the error to answer with, after which the connection must be closed; undefined = well-formed
 */
export function findFault(req: IncomingMessage, isUpgrade = false): HalleyError | undefined {
  if (req.httpVersion !== '1.1' && req.httpVersion !== '1.0') {
    return malformed('This HTTP version is not supported. Use HTTP/1.1.');
  }
  if (req.method === 'TRACE') {
    return new HalleyError('method_not_allowed', {
      headers: { allow: 'GET, HEAD, POST, PUT, DELETE, OPTIONS' },
    });
  }
  return headersFault(req, isUpgrade) ?? targetFault(req);
}

function headersFault(req: IncomingMessage, isUpgrade: boolean): HalleyError | undefined {
  const raw = req.rawHeaders;
  let host: string | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const spelt = raw[index] ?? '';
    const value = raw[index + 1] ?? '';
    // Only names of these lengths matter, which spares most headers the rest.
    switch (spelt.length) {
      case 4:
        if (spelt.toLowerCase() !== 'host') break;
        if (host !== undefined) return malformed('The request has more than one Host header.');
        host = value;
        break;
      case 7:
        if (!isUpgrade && refusesUpgrade(spelt.toLowerCase(), value)) {
          return new HalleyError('upgrade_not_offered', { headers: { upgrade: 'HTTP/1.1' } });
        }
        break;
      case 17:
        if (spelt.toLowerCase() !== 'transfer-encoding') break;
        if (req.httpVersion === '1.0') return malformed('HTTP/1.0 has no Transfer-Encoding. Use HTTP/1.1.');
        if (value.toLowerCase() !== 'chunked') {
          return malformed('Transfer-Encoding must be exactly "chunked".');
        }
        break;
      case 9:
      case 13:
      case 14:
        if (!isCredential(spelt.toLowerCase())) break;
        if (differsFromFirst(raw, index)) {
          return malformed(`The request has two different ${spelt.toLowerCase()} headers. Send one.`);
        }
    }
  }
  if (host === undefined) {
    return req.httpVersion === '1.0' ? undefined : malformed('The request has no Host header.');
  }
  return isHost(host) ? undefined : malformed('The Host header must be a host name, optionally with a port.');
}

function isCredential(name: string): boolean {
  switch (name) {
    case 'authorization':
    case 'x-api-key':
    case 'x-goog-api-key':
    case 'mj-api-secret':
      return true;
    default:
      return false;
  }
}

/** Whether the first header with the name of the one at `at` has another value. */
function differsFromFirst(raw: readonly string[], index: number): boolean {
  const name = raw[index]?.toLowerCase() ?? '';
  for (let other = 0; other < index; other += 2) {
    const spelt = raw[other] ?? '';
    if (spelt.length === name.length && spelt.toLowerCase() === name)
      return raw[other + 1] !== raw[index + 1];
  }
  return false;
}

/** An offer is hidden unless its path has WebSockets; one that is not hidden must have led to an upgrade. */
const refusesUpgrade = (name: string, value: string) =>
  name === hiddenUpgradeName ? !isIgnoredUpgrade(value) : name === 'upgrade';

/** Java's client offers h2c on every plain connection; a server that stays with HTTP/1.1 may ignore it. */
const isIgnoredUpgrade = (value: string) => value.toLowerCase() === 'h2c';

/** Nearly all requests name the same host. */
let lastHost: string | undefined;

function isHost(text: string): boolean {
  if (text === lastHost) return true;
  const match = hostPattern.exec(text);
  const valid = match !== null && Number(match[1] ?? 0) <= 65_535;
  if (valid) lastHost = text;
  return valid;
}

function targetFault(req: IncomingMessage): HalleyError | undefined {
  const target = req.url ?? '';
  if (target.includes('#')) return malformed('The request target must not contain a "#". Write it as %23.');
  if (target.startsWith('/')) return undefined;
  if (target === '*') {
    return req.method === 'OPTIONS' ? undefined : malformed('The target "*" is for OPTIONS only.');
  }
  const authority = /^https?:\/\/([^/?]*)/i.exec(target)?.[1];
  if (authority === undefined) return malformed('The request target must begin with "/".');
  if (authority.toLowerCase() !== req.headers.host?.toLowerCase()) {
    return malformed('The request target names another host than the Host header.');
  }
  return undefined;
}
