/** Writes parts of the internal form as the content of messages and of tool results. Pure. */
import type { JsonObject } from '../../protocol.ts';
import { urlOf } from '../data-url.ts';
import type { CacheMark, MediaPart, Part, TextPart } from '../form/request.ts';
import { defined } from '../json.ts';
import type { Losses } from '../losses.ts';

const fileNames: ReadonlyMap<string, string> = new Map([
  ['application/pdf', 'document.pdf'],
  ['text/plain', 'document.txt'],
]);

/**
 * @returns a text where it is one, else a list of parts
 * @throws HalleyError('invalid_body') by `losses`, for sound and video
 */
export function writeContent(
  parts: readonly (TextPart | MediaPart)[],
  losses: Losses,
): string | JsonObject[] {
  const [only, another] = parts;
  if (!only) return '';
  const written = parts.flatMap((part) => contentPart(part, losses));
  const isPlain = !another && only.kind === 'text' && !written[0]?.prompt_cache_breakpoint;
  return isPlain ? only.text : written;
}

/** The texts and media among the parts; empty texts are left out where something else is said. */
export function contentOf(parts: readonly Part[]): readonly (TextPart | MediaPart)[] {
  const contents = parts.filter((part) => part.kind === 'text' || isMedia(part));
  const said = contents.filter((part) => part.kind !== 'text' || part.text !== '');
  return said.length > 0 ? said : contents.slice(0, 1);
}

export function isMedia(part: Part): part is MediaPart {
  return part.kind === 'image' || part.kind === 'file' || part.kind === 'audio' || part.kind === 'video';
}

function contentPart(part: TextPart | MediaPart, losses: Losses): readonly JsonObject[] {
  const cache = writeCache(part.cache, losses);
  if (part.kind === 'text') return [{ type: 'input_text', text: part.text, ...cache }];
  if (part.kind === 'image')
    return [{ type: 'input_image', detail: part.detail ?? 'auto', image_url: urlOf(part.source), ...cache }];
  if (part.kind === 'file') return [{ ...filePart(part), ...cache }];
  losses.refuse(part.kind, 'Use a model that takes it.');
  return [];
}

function filePart({ source, filename }: MediaPart): JsonObject {
  if (source.type === 'url') return defined({ type: 'input_file', filename, file_url: source.url });
  const name = filename ?? fileNames.get(source.mediaType) ?? 'document';
  return { type: 'input_file', filename: name, file_data: urlOf(source) };
}

/**
 * Only lifetimes of OpenAI's own are written: a client that asks for them knows that the model takes breakpoints, which
 * older ones refuse (`PromptCacheOptions`: from gpt-5.6 on).
 */
function writeCache(mark: CacheMark | undefined, losses: Losses): JsonObject {
  if (!mark) return {};
  if (mark.ttl === '30m' || mark.ttl === '12h')
    return { prompt_cache_breakpoint: { mode: 'explicit', ttl: mark.ttl } };
  losses.drop('cache_control');
  return {};
}
