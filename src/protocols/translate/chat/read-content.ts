/** Reads the content of chat messages: texts, refusals, images, files and sounds. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type { CacheMark, MediaPart, MediaSource, RefusalPart, TextPart } from '../form/request.ts';
import { isPlainObject, malformed, textOf } from '../json.ts';
import type { Losses } from '../losses.ts';

export type ContentPart = TextPart | RefusalPart | MediaPart;

const field = 'messages[].content';

/**
 * A text without characters says nothing, and Anthropic refuses it: it becomes no part.
 * @throws HalleyError('invalid_body')
 */
export function readContent(content: unknown, losses: Losses): readonly ContentPart[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) throw malformed(field, 'a string or a list of parts');
  return content.flatMap((part) => {
    if (!isPlainObject(part)) throw malformed(`${field}[]`, 'an object');
    return readPart(part, losses);
  });
}

/** Content of roles that only speak. */
export function readTexts(content: unknown, losses: Losses): readonly TextPart[] {
  const parts = readContent(content, losses);
  return parts.map((part) => {
    if (part.kind !== 'text') throw malformed(`${field}[]`, 'of type "text" in a message of this role');
    return part;
  });
}

function readPart(part: JsonObject, losses: Losses): readonly ContentPart[] {
  const cache = readCacheMark(part.prompt_cache_breakpoint) ?? readCacheMark(part.cache_control);
  const marked = cache ? { cache } : {};
  switch (part.type) {
    case 'text': {
      const text = textOf(part.text);
      if (text === undefined) throw malformed(`${field}[].text`, 'a string');
      return text === '' ? [] : [{ kind: 'text', text, ...marked }];
    }
    case 'refusal':
      return readRefusal(part.refusal);
    case 'image_url':
      return [{ ...readImage(part.image_url), ...marked }];
    case 'input_audio':
      return readAudio(part.input_audio).map((audio) => ({ ...audio, ...marked }));
    case 'file':
      return readFile(part.file).map((file) => ({ ...file, ...marked }));
    default:
      losses.refuse(`${field}[].type`, `There are no parts of type "${String(part.type)}" for it.`);
      return [];
  }
}

export function readRefusal(refusal: unknown): readonly RefusalPart[] {
  return typeof refusal === 'string' && refusal !== '' ? [{ kind: 'refusal', text: refusal }] : [];
}

function readImage(image: unknown): MediaPart {
  const url = isPlainObject(image) ? image.url : image;
  if (typeof url !== 'string' || url === '') throw malformed(`${field}[].image_url.url`, 'a URL');
  const source = readUrl(url);
  if (!source) throw malformed(`${field}[].image_url.url`, 'an https URL or a data URL in base64');
  const detail = isPlainObject(image) ? textOf(image.detail) : undefined;
  return { kind: 'image', source, ...(detail !== undefined && { detail }) };
}

/** Parameters of the media type, such as `;charset=utf-8`, are no part of it for other providers. */
const dataUrl = /^data:([^;,]*)(?:;[^;,]*)*?;base64,(.*)$/is;

/** @returns undefined for a data URL that is not in base64 */
function readUrl(url: string): MediaSource | undefined {
  if (!/^data:/i.test(url)) return { type: 'url', url };
  const [, mediaType, data] = dataUrl.exec(url) ?? [];
  if (mediaType === undefined || data === undefined) return undefined;
  return { type: 'base64', mediaType: mediaType.toLowerCase(), data };
}

/** A lenient translation leaves out sounds that its table refuses: then their data may be anything. */
function readAudio(audio: unknown): readonly MediaPart[] {
  const data = isPlainObject(audio) ? textOf(audio.data) : undefined;
  const format = isPlainObject(audio) ? textOf(audio.format) : undefined;
  if (!data || !format) throw malformed(`${field}[].input_audio`, 'an object with "data" and "format"');
  return [
    { kind: 'audio', source: { type: 'base64', mediaType: audioTypes[format] ?? `audio/${format}`, data } },
  ];
}

const audioTypes: Readonly<Record<string, string>> = { mp3: 'audio/mp3', wav: 'audio/wav' };

/** A file that has only an id has been refused, or left out. */
function readFile(file: unknown): readonly MediaPart[] {
  if (!isPlainObject(file)) throw malformed(`${field}[].file`, 'an object');
  if (file.file_data === undefined || file.file_data === null) {
    if (file.file_id) return [];
    throw malformed(`${field}[].file.file_data`, 'there');
  }
  const source = typeof file.file_data === 'string' ? readUrl(file.file_data) : undefined;
  if (source?.type !== 'base64') throw malformed(`${field}[].file.file_data`, 'a data URL in base64');
  const filename = textOf(file.filename);
  return [{ kind: 'file', source, ...(filename !== undefined && { filename }) }];
}

const ttls: readonly unknown[] = ['5m', '30m', '1h', '12h'];

/** OpenAI's breakpoint, or Anthropic's marker in a request of this form. */
export function readCacheMark(mark: unknown): CacheMark | undefined {
  if (!isPlainObject(mark)) return undefined;
  return { ttl: ttls.includes(mark.ttl) ? (mark.ttl as CacheMark['ttl']) : undefined };
}
