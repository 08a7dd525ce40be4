/** Builds the upstream's request from the client's. */
import { type ByteEdit, edited } from '../protocols/json-bytes.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import type { PlainRequest, UpstreamHttpRequest } from '../upstreams/request-style.ts';
import { upstreamRequest as inStyleOf } from '../upstreams/upstream-request.ts';
import type { RequestBody } from './request-body.ts';
import type { Destination } from './route.ts';

/** A body as it goes to an upstream: bytes, or a form in their place. */
export type OutgoingBody = Pick<PlainRequest, 'body' | 'upload'>;

/**
 * @param rawHeaders name, value, name, value, as the client sent them
 * @param form of the response that is requested
 * @returns a promise where the channel's style needs time; it rejects as `RequestStyle` says
 */
export function upstreamRequest(
  { target, call }: Destination,
  rawHeaders: readonly string[],
  body: OutgoingBody,
  form: ResponseForm,
): UpstreamHttpRequest | Promise<UpstreamHttpRequest> {
  const { protocol, operation } = call;
  const { model } = target;
  const path = call.path(model, form);
  return inStyleOf(target, { protocol, operation, path, model, form, rawHeaders, ...body });
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
