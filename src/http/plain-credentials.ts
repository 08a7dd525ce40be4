/** Detects credentials sent over a network in plain HTTP. */
import type { IncomingMessage } from 'node:http';
import type { Log } from '../platform/log.ts';

export interface PlainCredentialFigures {
  /** Requests with credentials since the start. */
  readonly requests: number;
  /** The peer that sent the last of them; undefined = there was none. */
  readonly peer: string | undefined;
}

interface Peer {
  /** Address, normalised. */
  readonly peer: string;
  readonly isTrustedProxy: boolean;
}

const loginPath = '/api/user/login';
const credentialHeaders = [
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'mj-api-secret',
  'cookie',
] as const;

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

export class PlainCredentials {
  readonly #log: Pick<Log, 'warn'>;
  #requests = 0;
  #peer: string | undefined;

  constructor(log: Pick<Log, 'warn'>) {
    this.#log = log;
  }

  /** Inspects a request that came without TLS from another machine. It logs only the first one with credentials. */
  look({ peer, isTrustedProxy }: Peer, { headers, url = '' }: IncomingMessage): void {
    // Where several proxies have added to the list, the first entry is the client's.
    const spoken = isTrustedProxy
      ? headers['x-forwarded-proto']?.toString().split(',', 1)[0]?.trim()
      : undefined;
    if (spoken?.toLowerCase() === 'https' || !hasCredentials(headers, url)) return;
    this.#requests += 1;
    this.#peer = peer;
    if (this.#requests > 1) return;
    const cure = isTrustedProxy
      ? 'have the proxy serve HTTPS and say so in X-Forwarded-Proto'
      : 'set tls.cert_path and tls.key_path, or put a proxy with HTTPS in front and name it in http.trusted_proxies';
    this.#log.warn({ peer, cure }, 'keys, tokens or passwords arrive over plain HTTP from another machine');
  }

  get figures(): PlainCredentialFigures {
    return { requests: this.#requests, peer: this.#peer };
  }
}

function hasCredentials(headers: IncomingMessage['headers'], url: string): boolean {
  if (credentialHeaders.some((name) => headers[name] !== undefined)) return true;
  return url.startsWith(loginPath) || /[?&]key=/.test(url);
}
