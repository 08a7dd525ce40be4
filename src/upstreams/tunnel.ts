/** Connects to an upstream through a proxy, by CONNECT (RFC 9110, 9.3.6), for https and plain http alike. */
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { buildConnector, Client } from 'undici';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { publicOnlyLookup } from './dialling.ts';
import type { UpstreamProxy } from './proxies.ts';

type Connector = buildConnector.connector;
type Target = Parameters<Connector>[0];

/** @param connectMs limit of each step: connecting to the proxy, its response, TLS to the upstream */
export function tunnelConnector(proxy: UpstreamProxy, connectMs: number, lookup?: LookupFunction): Connector {
  const common = { timeout: connectMs, allowH2: false };
  const toProxy = buildConnector({
    ...common,
    ...(!proxy.allowPrivate && { lookup: publicOnlyLookup(lookup) }),
  });
  const toUpstream = buildConnector(common);
  return (target, callback) => {
    openTunnel(proxy, toProxy, connectMs, target).then(
      (socket) => {
        if (target.protocol === 'https:') toUpstream({ ...target, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (error: HalleyError) => callback(error, null),
    );
  };
}

/** @throws HalleyError('upstream_unreachable'), whose log text names the proxy without its credentials */
async function openTunnel(
  proxy: UpstreamProxy,
  connect: Connector,
  connectMs: number,
  target: Target,
): Promise<Socket> {
  const client = new Client(proxy.origin, {
    connect,
    headersTimeout: connectMs,
    maxHeaderSize: limits.upstream_header_bytes_max,
  });
  const failed = (log: string) =>
    new HalleyError('upstream_unreachable', { log: `the proxy ${proxy.origin} ${log}` });
  try {
    const { statusCode, socket } = await client.connect(connectRequest(proxy, target));
    // The socket is a TCP or TLS connection. undici declares the type of any upgraded stream.
    if (statusCode >= 200 && statusCode < 300) return socket as Socket;
    socket.on('error', () => {}).destroy();
    throw failed(`answered ${statusCode} when asked for a connection`);
  } catch (error) {
    if (error instanceof HalleyError) throw error;
    const code = error instanceof Error && 'code' in error ? `${error.code}: ` : '';
    throw failed(`gave no connection: ${code}${error instanceof Error ? error.message : String(error)}`);
  } finally {
    // The upgraded socket no longer belongs to the client.
    void client.destroy();
  }
}

function connectRequest({ origin, credentials }: UpstreamProxy, { hostname, port, protocol }: Target) {
  const host = isIP(hostname) === 6 ? `[${hostname}]` : hostname;
  const authority = `${host}:${port || (protocol === 'https:' ? 443 : 80)}`;
  const proxy = new URL(origin);
  // undici takes the server name for TLS to the proxy from the Host header, which is that of the upstream. An IP
  // address has no server name.
  const nameless = proxy.protocol === 'https:' && isIP(proxy.hostname.replace(/^\[|\]$/g, '')) !== 0;
  return {
    origin,
    path: authority,
    headers: {
      ...(!nameless && { host: authority }),
      ...(credentials !== undefined && {
        'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}`,
      }),
    },
    ...(!nameless && { servername: proxy.hostname }),
  };
}
