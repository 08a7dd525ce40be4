/** Builds the HTTP request for an upstream, in the form of its kind. */
import { buildUpstreamHeaders, withContentType } from './forward-headers.ts';
import type { PlainRequest, UpstreamHttpRequest } from './request-style.ts';
import { atHost, upstreamPath } from './upstream-path.ts';
import type { UpstreamTarget } from './upstreams.ts';

function withHeaders(target: UpstreamTarget, request: PlainRequest): UpstreamHttpRequest {
  const { style } = target;
  const { protocol, method = 'POST', upload, isAtHost = false } = request;
  const base = isAtHost ? atHost(target.base) : target.base;
  const body = upload?.pieces ?? request.body;
  const rawHeaders = upload ? withContentType(request.rawHeaders, upload.contentType) : request.rawHeaders;
  const auth = style.auth ?? protocol.auth;
  const authorizesItself = style.authorize !== undefined && !style.auth;
  return {
    origin: target.origin,
    path: style.path?.(request) ?? upstreamPath(base, protocol.name, request.path),
    method,
    headers: buildUpstreamHeaders({
      rawHeaders,
      contentLength: method === 'POST' ? body.reduce((sum, { length }) => sum + length, 0) : undefined,
      auth: target.key === undefined || authorizesItself ? undefined : auth(target.key),
      extraHeaders: target.extraHeaders,
      policy: target.options,
      forwarded: protocol.forwardedHeaders,
      defaults: protocol.defaultHeaders,
    }),
    body,
    headersTimeout: target.firstByteMs,
    bodyTimeout: target.idleChunkMs,
  };
}

async function inStyle(target: UpstreamTarget, plain: PlainRequest): Promise<UpstreamHttpRequest> {
  const { style, key } = target;
  const request = withHeaders(target, { ...plain, ...(await style.envelope?.(plain)) });
  if (!style.authorize) return request;
  return { ...request, headers: [...request.headers, ...(await style.authorize(request, key))] };
}

/**
 * Returns the request, or a promise where the channel's style needs time.
 * @throws HalleyError as `RequestStyle` does
 */
export function upstreamRequest(
  target: UpstreamTarget,
  plain: PlainRequest,
): UpstreamHttpRequest | Promise<UpstreamHttpRequest> {
  const { envelope, authorize } = target.style;
  return envelope || authorize ? inStyle(target, plain) : withHeaders(target, plain);
}
