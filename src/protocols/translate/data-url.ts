/** Data URLs (RFC 2397), in which OpenAI's protocols send images and files. Pure. */
import type { MediaSource } from './form/request.ts';

const pattern = /^data:([^;,]*)((?:;[^;,]*)*),/i;
const base64Mark = /;\s*base64\s*$/i;

/** @returns the source, or undefined for a data URL that is not in base64 */
export function sourceOfUrl(url: string): MediaSource | undefined {
  if (!/^data:/i.test(url)) return { type: 'url', url };
  const [head, mediaType = '', parameters = ''] = pattern.exec(url) ?? [];
  if (head === undefined || !base64Mark.test(parameters)) return undefined;
  return { type: 'base64', mediaType: mediaType.trim().toLowerCase(), data: url.slice(head.length) };
}

export function urlOf(source: MediaSource): string {
  return source.type === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}
