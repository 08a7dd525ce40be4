/** Writes the parts of a message as Anthropic's content blocks [TA ContentBlockParam]. */
import type { JsonObject } from '../../protocol.ts';
import { argumentsFrom, parseVerbatim, wrappedArguments } from '../exact-json.ts';
import type {
  CacheMark,
  MediaPart,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../form/request.ts';
import { defined } from '../json.ts';
import type { Losses } from '../losses.ts';
import { imageTypeOf } from './image-type.ts';

/** @param parts in the order of `conversationOf` */
export function blocksOf(parts: readonly Part[], losses: Losses): readonly JsonObject[] {
  return parts.map((part) => blockOf(part, losses)).filter((block) => block !== undefined);
}

function blockOf(part: Part, losses: Losses): JsonObject | undefined {
  switch (part.kind) {
    case 'text':
      return textBlock(part, losses);
    case 'refusal':
      return { type: 'text', text: part.text };
    case 'reasoning':
      return thinkingBlock(part);
    case 'tool-call':
      return callBlock(part, losses);
    case 'tool-result':
      return resultBlock(part, losses);
    default:
      return mediaBlock(part, losses);
  }
}

export function textBlock({ text, cache }: TextPart, losses: Losses): JsonObject {
  return defined({ type: 'text', text, cache_control: cacheControl(cache, losses) });
}

/** TTLs do not correspond: the nearest longer one, with a signal where there is none (section 6). */
export function cacheControl(cache: CacheMark | undefined, losses: Losses): JsonObject | undefined {
  if (!cache) return undefined;
  const { ttl } = cache;
  if (ttl === '12h') losses.drop('cache_control');
  return defined({ type: 'ephemeral', ttl: ttl === undefined || ttl === '5m' ? ttl : '1h' });
}

/** Only what Anthropic's own models signed gets here. An empty text with a signature is regular (section 5.2). */
function thinkingBlock({ text, carried, isRedacted }: ReasoningPart): JsonObject | undefined {
  if (!carried) return undefined;
  return isRedacted === true
    ? { type: 'redacted_thinking', data: carried.blob }
    : { type: 'thinking', thinking: text, signature: carried.blob };
}

function callBlock(part: ToolCallPart, losses: Losses): JsonObject {
  let input = argumentsFrom(part.arguments, parseVerbatim);
  if (!input) {
    losses.drop('arguments');
    input = wrappedArguments(part.arguments);
  }
  const { id, name, cache } = part;
  return defined({ type: 'tool_use', id, name, input, cache_control: cacheControl(cache, losses) });
}

function resultBlock(part: ToolResultPart, losses: Losses): JsonObject {
  const sent = part.parts.filter((inner) => inner.kind !== 'text' || inner.text.trim() !== '');
  const content = blocksOf(sent, losses);
  return defined({
    type: 'tool_result',
    tool_use_id: part.callId,
    content: content.length === 0 ? undefined : content,
    is_error: part.isError || undefined,
    cache_control: cacheControl(part.cache, losses),
  });
}

function mediaBlock(part: MediaPart, losses: Losses): JsonObject | undefined {
  const cache_control = cacheControl(part.cache, losses);
  if (part.kind === 'image')
    return defined({ type: 'image', source: imageSource(part, losses), cache_control });
  if (part.kind === 'file') {
    if (isImage(part)) return mediaBlock({ ...part, kind: 'image' }, losses);
    const source = documentSource(part, losses);
    return defined({ type: 'document', source, title: part.filename, cache_control });
  }
  losses.refuse(part.kind);
  return undefined;
}

function isImage({ source }: MediaPart): boolean {
  return source.type === 'base64' && source.mediaType.startsWith('image/');
}

function imageSource({ source }: MediaPart, losses: Losses): JsonObject {
  if (source.type === 'url') return { type: 'url', url: source.url };
  const media_type = imageTypeOf(source.data);
  if (media_type === undefined) throw losses.impossible('image', 'Send it as JPEG, PNG, GIF or WebP.');
  return { type: 'base64', media_type, data: source.data };
}

const pdfStart = 'JVBER';

function documentSource({ source }: MediaPart, losses: Losses): JsonObject {
  if (source.type === 'url') return { type: 'url', url: source.url };
  const { mediaType, data } = source;
  if (mediaType === 'application/pdf' || data.startsWith(pdfStart)) {
    return { type: 'base64', media_type: 'application/pdf', data };
  }
  if (mediaType.startsWith('text/') || mediaType === 'application/json') {
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(data, 'base64').toString() };
  }
  throw losses.impossible('file', 'Send it as PDF or plain text.');
}
