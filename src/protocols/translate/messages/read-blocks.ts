/** Reads Anthropic's content blocks as parts [TA ContentBlockParam]. What `checkFates` has dropped is skipped. */
import type { JsonObject } from '../../protocol.ts';
import { unwrap } from '../carrier.ts';
import type {
  CacheMark,
  MediaPart,
  MediaSource,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
} from '../form/request.ts';
import { isPlainObject, malformed, objectsIn, textOf } from '../json.ts';
import type { Losses } from '../losses.ts';

type Content = TextPart | MediaPart;

/** @param field the path of the content, for errors */
export function partsOf(content: unknown, field: string, losses: Losses): readonly Part[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) throw malformed(field, 'a string or a list of blocks');
  return joinCarriers(objectsIn(content).flatMap((block) => partsOfBlock(block, field, losses)));
}

function partsOfBlock(block: JsonObject, field: string, losses: Losses): readonly Part[] {
  switch (block.type) {
    case 'thinking':
      return [reasoningOf(textOf(block.thinking) ?? '', block.signature, false)];
    case 'redacted_thinking':
      return [reasoningOf('', block.data, true)];
    case 'tool_use':
      return [callOf(block, field)];
    case 'tool_result':
      return [resultOf(block, field, losses)];
    default:
      return contentOf(block, field, losses);
  }
}

/** Texts, images and documents: all that a tool result may hold too. */
function contentOf(block: JsonObject, field: string, losses: Losses): readonly Content[] {
  switch (block.type) {
    case 'text':
      return [withCache<TextPart>({ kind: 'text', text: required(block.text, `${field}[].text`) }, block)];
    case 'image':
      return mediaOf('image', block, losses);
    case 'document':
      return documentOf(block, field, losses);
    case 'search_result':
      return [searchResult(block, field, losses)];
    default:
      return [];
  }
}

export function textParts(content: unknown, field: string): readonly TextPart[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) throw malformed(field, 'a string or a list of text blocks');
  return objectsIn(content)
    .filter(({ type }) => type === 'text')
    .map((block) =>
      withCache<TextPart>({ kind: 'text', text: required(block.text, `${field}[].text`) }, block),
    );
}

function required(value: unknown, field: string): string {
  if (typeof value !== 'string') throw malformed(field, 'a string');
  return value;
}

function withCache<Marked extends Part>(part: Marked, block: JsonObject): Marked {
  const cache = cacheMark(block.cache_control);
  return cache ? { ...part, cache } : part;
}

export function cacheMark(control: unknown): CacheMark | undefined {
  if (!isPlainObject(control)) return undefined;
  return { ttl: control.ttl === '5m' || control.ttl === '1h' ? control.ttl : undefined };
}

/** An empty signature is none: other models' thinking has no other. */
function reasoningOf(text: string, blob: unknown, isRedacted: boolean): ReasoningPart {
  const carried = typeof blob === 'string' && blob !== '' ? unwrap(blob, 'anthropic') : undefined;
  return { kind: 'reasoning', text, carried, ...(isRedacted && { isRedacted }) };
}

/** `write-response.ts` put the signature of a call, which this protocol has no place for, into a block before it. */
function joinCarriers(parts: readonly Part[]): readonly Part[] {
  return parts.flatMap((part, index): readonly Part[] => {
    const [before, after] = [parts[index - 1], parts[index + 1]];
    if (after?.kind === 'tool-call' && isCarrier(part)) return [];
    return part.kind === 'tool-call' && isCarrier(before) ? [{ ...part, carried: before.carried }] : [part];
  });
}

/** OpenAI's and Anthropic's calls have no signatures. */
function isCarrier(part: Part | undefined): part is ReasoningPart {
  return part?.kind === 'reasoning' && part.text === '' && part.carried?.provider === 'gemini';
}

function callOf(block: JsonObject, field: string): ToolCallPart {
  const input = block.input ?? {};
  if (!isPlainObject(input)) throw malformed(`${field}[].input`, 'an object');
  const id = required(block.id, `${field}[].id`);
  const name = required(block.name, `${field}[].name`);
  return withCache({ kind: 'tool-call', id, name, arguments: JSON.stringify(input) }, block);
}

function resultOf(block: JsonObject, field: string, losses: Losses): Part {
  const inner = `${field}[].content`;
  const parts =
    typeof block.content === 'string'
      ? [{ kind: 'text' as const, text: block.content }]
      : objectsIn(block.content).flatMap((item) => contentOf(item, inner, losses));
  return withCache(
    {
      kind: 'tool-result',
      callId: required(block.tool_use_id, `${field}[].tool_use_id`),
      name: undefined,
      isError: block.is_error === true,
      parts,
    },
    block,
  );
}

function mediaOf(kind: 'image' | 'file', block: JsonObject, losses: Losses): readonly MediaPart[] {
  const source = sourceOf(block.source);
  if (!source) {
    losses.refuse(`${kind === 'image' ? 'image' : 'document'}.source`, 'Send the bytes or a URL.');
    return [];
  }
  const filename = kind === 'file' ? textOf(block.title) : undefined;
  return [withCache<MediaPart>({ kind, source, ...(filename !== undefined && { filename }) }, block)];
}

/** Ids of files belong to one account at one provider. */
function sourceOf(source: unknown): MediaSource | undefined {
  if (!isPlainObject(source)) return undefined;
  const { type, media_type, data, url } = source;
  if (type === 'url' && typeof url === 'string') return { type, url };
  if (type !== 'base64' || typeof media_type !== 'string' || typeof data !== 'string') return undefined;
  return { type, mediaType: media_type, data };
}

/** Documents of text and of blocks are what they hold: other protocols have none (section 4). */
function documentOf(block: JsonObject, field: string, losses: Losses): readonly Content[] {
  const source = isPlainObject(block.source) ? block.source : {};
  if (source.type === 'text') {
    losses.drop('document');
    return [withCache<TextPart>({ kind: 'text', text: titled(block.title, textOf(source.data)) }, block)];
  }
  if (source.type !== 'content') return mediaOf('file', block, losses);
  losses.drop('document');
  const content = source.content;
  if (typeof content === 'string') return [{ kind: 'text', text: titled(block.title, content) }];
  return objectsIn(content).flatMap((item) => contentOf(item, `${field}[].source.content`, losses));
}

function titled(title: unknown, text = ''): string {
  return typeof title === 'string' && title !== '' ? `${title}\n\n${text}` : text;
}

function searchResult(block: JsonObject, field: string, losses: Losses): TextPart {
  losses.drop('search_result');
  const texts = textParts(block.content ?? [], `${field}[].content`).map(({ text }) => text);
  const head = [block.title, block.source].filter((line) => typeof line === 'string' && line !== '');
  return withCache<TextPart>({ kind: 'text', text: [...head, ...texts].join('\n') }, block);
}
