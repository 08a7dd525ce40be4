/** Builds the upstream's request from the client's. Pure. */

import { type ByteEdit, edited } from '../protocols/json-bytes.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import { buildUpstreamHeaders } from '../upstreams/forward-headers.ts';
import { upstreamPath } from '../upstreams/upstream-path.ts';
import type { AttemptOptions } from './attempt.ts';

import type { RequestBody } from './request-body.ts';
import type { Destination } from './route.ts';

/**
 * @param rawHeaders name, value, name, value, as the client sent them
 * @param form of the response that is requested
 */
export function upstreamRequest(
  { target, call }: Destination,
  rawHeaders: readonly string[],
  body: readonly Buffer[],
  form: ResponseForm,
): AttemptOptions {
  const { protocol } = call;
  return {
    origin: target.origin,
    path: upstreamPath(target.base, protocol.name, call.path(target.model, form)),
    method: 'POST',
    headers: buildUpstreamHeaders({
      rawHeaders,
      contentLength: body.reduce((sum, { length }) => sum + length, 0),
      auth: target.key === undefined ? undefined : protocol.auth(target.key),
      extraHeaders: target.extraHeaders,
      forwarded: protocol.forwardedHeaders,
      defaults: protocol.defaultHeaders,
    }),
    body,
    headersTimeout: target.firstByteMs,
    bodyTimeout: target.idleChunkMs,
    unpacks: call.translator !== undefined,
  };
}

/**
 * The body for the upstream, in order: the client's bytes with edits.
 * @param model the name to write in place of the one in the body; undefined = keep it
 * @param otherEdits at other places
 */
export function bodyPieces(
  body: RequestBody,
  model: string | undefined,
  otherEdits: readonly ByteEdit[],
): readonly Buffer[] {
  const place = model === undefined ? undefined : body.modelPlace();
  const naming = place ? [{ ...place, text: JSON.stringify(model) }] : [];
  const edits = [...naming, ...otherEdits];
  // Mutated by tests: bytes of the client
  return edits.length === 0 ? body.segments : edited(body.segments, edits);
}
