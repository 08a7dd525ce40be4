/** Derives the head of the client's response from the upstream's. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ResponseForm } from '../protocols/protocol.ts';
import { formOfStart } from '../protocols/upstream/response-start.ts';
import { responseHeaders, withContentType } from '../upstreams/forward-headers.ts';

export interface ResponseHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Monotonic milliseconds. */
  readonly at: number;
}

const contentTypes: Readonly<Record<ResponseForm, string>> = {
  json: 'application/json',
  'json-array': 'application/json',
  sse: 'text/event-stream',
  bytes: 'application/octet-stream',
};

/**
 * @param form of the client's response
 * @returns name, value, name, value
 */
export function clientHeaders(
  { status, headers }: ResponseHead,
  form: ResponseForm,
  isTranslated: boolean,
): readonly string[] {
  const forwarded = responseHeaders(headers, {
    keepLength: (form === 'json' || form === 'bytes') && status < 300 && !isTranslated,
  });
  return isTranslated && status < 300 ? withContentType(forwarded, contentTypes[form]) : forwarded;
}

/**
 * The form of an upstream's response. Of Content-Type and first bytes the bytes decide: upstreams send JSON errors in
 * the place of streams, and streams without their Content-Type.
 * @param first undefined = it has no bytes
 * @param asked the form that was asked for
 */
export function upstreamForm(
  headers: IncomingHttpHeaders,
  first: Buffer | undefined,
  asked: ResponseForm,
): ResponseForm {
  const contentType = headers['content-type'] ?? '';
  // Plain text may begin in any way.
  if (asked === 'bytes') return formOfType(contentType);
  const begins = first && formOfStart(first);
  if (begins === 'sse' || (begins === undefined && /^text\/event-stream\b/i.test(contentType))) return 'sse';
  if (asked !== 'sse' || begins === 'json') return asked === 'json-array' ? asked : 'json';
  return /json/i.test(contentType) ? 'json' : 'sse';
}

/** An error or a JSON text in place of the bytes names its type. */
function formOfType(contentType: string): ResponseForm {
  if (/^text\/event-stream\b/i.test(contentType)) return 'sse';
  return /json/i.test(contentType) ? 'json' : 'bytes';
}

/** The same head for a body that was decoded. */
export function withoutEncoding(head: ResponseHead | undefined): ResponseHead | undefined {
  if (!head) return undefined;
  const { 'content-encoding': _contentEncoding, ...headers } = head.headers;
  return { ...head, headers };
}
