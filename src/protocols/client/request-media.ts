/** Pictures, sounds and files in a request, whose bytes say nothing of the tokens they count as. Pure. */
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';

/** Where a protocol's requests have media. */
export interface MediaPlaces {
  /** Top-level members that hold content. */
  readonly roots: readonly string[];
  /**
   * Members by which content holds other content. Others are not entered: arguments of tools are text, whatever
   * they look like.
   */
  readonly inner: readonly string[];
  /** The bytes that the part has in it, '' when it only names them; undefined when it is no medium. */
  payloadOf(part: JsonObject): string | undefined;
}

export interface Media {
  readonly count: number;
  /** Characters of all payloads: base64, so bytes too. */
  readonly payload: number;
  readonly parts: ReadonlySet<JsonObject>;
}

const noMedia: Media = { count: 0, payload: 0, parts: new Set() };

/** Walks with a stack of its own, so that no nesting is too deep. */
export function mediaIn(body: JsonObject, places: MediaPlaces): Media {
  const open: unknown[] = places.roots.map((root) => body[root]);
  let parts: Set<JsonObject> | undefined;
  let payload = 0;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'object') open.push(item);
      continue;
    }
    const part = value as JsonObject;
    const own = places.payloadOf(part);
    if (own === undefined) for (const key of places.inner) open.push(part[key]);
    else {
      parts ??= new Set();
      parts.add(part);
      payload += own.length;
    }
  }
  return parts ? { count: parts.size, payload, parts } : noMedia;
}

/** Whether content of this kind is a medium; other kinds are text, which may have a token for each byte. */
export function isMediaType(mime: unknown): boolean {
  return typeof mime === 'string' && /^(?:(?:image|audio|video)\/|application\/pdf\b)/i.test(mime);
}

/** The payload of what stands where a link may: of a `data:` URL all of it, of a link nothing. */
export function payloadOfUrl(url: unknown): string | undefined {
  if (typeof url !== 'string' || !/^data:/i.test(url)) return '';
  return isMediaType(url.slice('data:'.length, 64)) ? url : undefined;
}

/** A payload as it is; '' when there is none. */
export function payloadOfData(data: unknown): string {
  return typeof data === 'string' ? data : '';
}

/** The first of the members that is there, as an object. */
export function objectIn(part: JsonObject, ...keys: readonly string[]): JsonObject | undefined {
  for (const key of keys) {
    const value = asObject(part[key]);
    if (value) return value;
  }
  return undefined;
}
