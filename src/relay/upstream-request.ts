/** Builds the request that an upstream gets from the one that the client made. Pure. */
import { buildUpstreamHeaders } from '../upstreams/forward-headers.ts';
import { upstreamPath } from '../upstreams/upstream-path.ts';
import type { UpstreamTarget } from '../upstreams/upstreams.ts';
import type { AttemptOptions } from './attempt.ts';
import type { Operation } from './protocols/protocol.ts';

/** @param rawHeaders name, value, name, value, as the client sent them */
export function upstreamRequest(
  operation: Operation,
  target: UpstreamTarget,
  rawHeaders: readonly string[],
  body: Buffer,
): AttemptOptions {
  const { protocol } = operation;
  return {
    origin: target.origin,
    path: upstreamPath(target.base, protocol.name, operation.upstreamPath(target.model)),
    method: 'POST',
    headers: buildUpstreamHeaders({
      rawHeaders,
      contentLength: body.length,
      auth: target.key === undefined ? undefined : protocol.upstreamAuth(target.key),
      extraHeaders: target.extraHeaders,
      forwarded: protocol.forwardedHeaders,
      defaults: protocol.defaultHeaders,
    }),
    body,
    headersTimeout: target.firstByteMs,
    bodyTimeout: target.idleChunkMs,
  };
}
