/**
 * Manages the connections to one upstream: a bounded keep-alive pool with every timeout set, which follows no
 * redirects.
 */
import type { LookupFunction, Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher, Pool } from 'undici';
import { limits } from '../platform/limits.ts';
import { publicOnlyLookup } from './dialling.ts';
import type { UpstreamProxy } from './proxies.ts';
import { tunnelConnector } from './tunnel.ts';
import type { UpstreamConnections } from './upstreams.ts';

export interface PoolOptions {
  readonly origin: string;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleChunkMs: number;
  readonly connectionsMax: number;
  readonly allowPrivate: boolean;
  readonly proxy?: UpstreamProxy | undefined;
  /** Resolves names; for tests. Default: the resolver of the system. */
  readonly lookup?: LookupFunction;
}

type Common = Pick<PoolOptions, 'firstByteMs' | 'idleChunkMs' | 'connectionsMax'>;

const clientOptions = (options: Common) => ({
  pipelining: 1,
  headersTimeout: options.firstByteMs,
  bodyTimeout: options.idleChunkMs,
  maxHeaderSize: limits.upstream_header_bytes_max,
  strictContentLength: true,
  allowH2: false,
});

/**
 * A pool for one upstream: HTTP/1.1 only, one request at a time on each connection, no redirects. Timeouts may be
 * up to a second late, since undici's timers are coarse.
 */
export class UpstreamPool implements UpstreamConnections {
  readonly dispatcher: Pool;
  readonly #origin: string;
  readonly #options: Common;
  readonly #connector: buildConnector.connector;
  /** Clients for one request each, with the promise of their end. */
  readonly #single = new Map<Client, Promise<void>>();
  #opening = false;

  /** @param connector opens every connection, for the pool and for single requests */
  constructor(origin: string, options: Common, connector: buildConnector.connector) {
    this.#origin = origin;
    this.#options = options;
    this.#connector = connector;
    this.dispatcher = new Pool(origin, {
      ...clientOptions(options),
      connections: options.connectionsMax,
      connect: (target, callback) =>
        // undici aborts a connection attempt with the value returned here.
        connector(target, (...result) => this.#handOver(() => callback(...result), result[0] === null)),
    });
  }

  /**
   * undici writes the waiting request before it returns from the callback of the connector. `opening` tells the
   * caller that this happens.
   */
  #handOver(run: () => void, connected: boolean): void {
    this.#opening = connected;
    try {
      run();
    } finally {
      this.#opening = false;
    }
  }

  get opening(): boolean {
    return this.#opening;
  }

  withNewConnection<Result>(use: (dispatcher: Dispatcher) => Result): Result {
    const client = new Client(this.#origin, { ...clientOptions(this.#options), connect: this.#connector });
    try {
      return use(client);
    } finally {
      // The client closes after its request.
      const forget = () => void this.#single.delete(client);
      this.#single.set(client, client.close().then(forget, forget));
    }
  }

  connect(): Promise<Socket> {
    const { host, hostname, protocol, port } = new URL(this.#origin);
    const target = { host, hostname: hostname.replace(/^\[|\]$/g, ''), protocol, port };
    return new Promise((resolve, reject) => {
      this.#connector(target, (error, socket) => (error ? reject(error) : resolve(socket)));
    });
  }

  /** Resolves after in-flight requests have finished and the connections are closed. */
  async close(): Promise<void> {
    await Promise.all([this.dispatcher.close(), ...this.#single.values()]);
  }

  /** Aborts in-flight requests and closes the connections. */
  async destroy(): Promise<void> {
    const single = [...this.#single.keys()].map((client) => client.destroy());
    await Promise.all([this.dispatcher.destroy(), ...single]);
  }
}

export function createPool(options: PoolOptions): UpstreamPool {
  if (options.proxy) {
    const connector = tunnelConnector(options.proxy, options.connectMs, options.lookup);
    return new UpstreamPool(options.origin, options, connector);
  }
  const lookup = options.allowPrivate ? options.lookup : publicOnlyLookup(options.lookup);
  const connector = buildConnector({
    timeout: options.connectMs,
    allowH2: false,
    ...(lookup && { lookup }),
  });
  return new UpstreamPool(options.origin, options, connector);
}

/** The host name in requests to the demo upstream. It is never resolved or dialled. */
export const demoPoolOrigin = 'http://demo.halley.invalid';

/**
 * Creates a pool for the demo upstream. It requests the address only when it needs a connection. The demo upstream
 * is part of Halley, so the address rules do not apply.
 */
export function createDemoPool(
  options: Common & Pick<PoolOptions, 'connectMs'>,
  demoOrigin: () => Promise<string> | string,
): UpstreamPool {
  const connector = buildConnector({ timeout: options.connectMs, allowH2: false });
  return new UpstreamPool(demoPoolOrigin, options, (target, callback) => {
    const dial = async () => {
      const { hostname, port } = new URL(await demoOrigin());
      connector({ ...target, hostname, port }, callback);
    };
    dial().catch((error: unknown) =>
      callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  });
}
