/** Connections to one upstream: a bounded keep-alive pool with every timeout set and nothing followed. */
import type { LookupFunction } from 'node:net';
import { buildConnector, Pool } from 'undici';
import { limits } from '../platform/limits.ts';
import { publicOnlyLookup } from './dialling.ts';

export interface PoolOptions {
  readonly origin: string;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleChunkMs: number;
  readonly connectionsMax: number;
  readonly allowPrivate: boolean;
  /** Resolves names; for tests. Default: the system's resolver. */
  readonly lookup?: LookupFunction;
}

type Common = Pick<PoolOptions, 'firstByteMs' | 'idleChunkMs' | 'connectionsMax'>;

const commonOptions = (options: Common) => ({
  connections: options.connectionsMax,
  pipelining: 1,
  headersTimeout: options.firstByteMs,
  bodyTimeout: options.idleChunkMs,
  maxHeaderSize: limits.upstream_header_bytes_max,
  strictContentLength: true,
  allowH2: false,
});

/**
 * A pool for one upstream. HTTP/1.1 only, one request a connection at a time; redirects are not followed.
 * Timeouts may run up to a second late, since undici's timers are coarse.
 */
export function createPool(options: PoolOptions): Pool {
  const lookup = options.allowPrivate ? options.lookup : publicOnlyLookup(options.lookup);
  return new Pool(options.origin, {
    ...commonOptions(options),
    connectTimeout: options.connectMs,
    connect: lookup ? { lookup } : {},
  });
}

/** What requests to the demo upstream name as their host; nothing is ever resolved or dialled by it. */
export const demoPoolOrigin = 'http://demo.halley.invalid';

/**
 * A pool for the demo upstream, which is asked for its address only when a connection is needed. It is part
 * of Halley, so the rules for addresses do not apply.
 */
export function createDemoPool(
  options: Common & Pick<PoolOptions, 'connectMs'>,
  demoOrigin: () => Promise<string> | string,
): Pool {
  const connector = buildConnector({ timeout: options.connectMs, allowH2: false });
  return new Pool(demoPoolOrigin, {
    ...commonOptions(options),
    connect: (target, callback) => {
      const dial = async () => {
        const { hostname, port } = new URL(await demoOrigin());
        connector({ ...target, hostname, port }, callback);
      };
      dial().catch((error: unknown) =>
        callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
  });
}
