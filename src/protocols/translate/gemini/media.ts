/** Translates images, sounds, videos and files between parts and `inlineData` or `fileData`. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type { MediaPart } from '../form/request.ts';
import { defined, malformed } from '../json.ts';
import type { Losses } from '../losses.ts';
import type { ModelFamily } from './models.ts';
import { objectMember, textMember } from './spelling.ts';

type MediaKind = MediaPart['kind'];

const typesByEnding: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
  ['ogg', 'audio/ogg'],
  ['flac', 'audio/flac'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/quicktime'],
  ['webm', 'video/webm'],
]);

/** `mimeType` is required [FileData], and an address need not tell it. */
const typesByKind: Readonly<Record<MediaKind, string>> = {
  image: 'image/jpeg',
  file: 'application/pdf',
  audio: 'audio/mpeg',
  video: 'video/mp4',
};

const youtube = /^https?:\/\/(?:[\w-]+\.)?(?:youtube\.com|youtu\.be)\//i;
/** What only its own Google account can read: the Files API, and Cloud Storage. */
const accountUri = /^(?:gs:|files\/|https:\/\/generativelanguage\.googleapis\.com\/)/i;

function typeByEnding(url: string): string | undefined {
  const path = url.replace(/[?#].*$/s, '');
  return typesByEnding.get(/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '');
}

function kindOf(mediaType: string): MediaKind {
  const kind = /^(image|audio|video)\//i.exec(mediaType)?.[1]?.toLowerCase();
  return (kind as MediaKind | undefined) ?? 'file';
}

/** @returns undefined when the part holds no media */
export function readMedia(part: JsonObject, path: string, losses: Losses): MediaPart | undefined {
  const inline = objectMember(part, 'inlineData', path);
  if (inline) return readInline(inline, `${path}inlineData.`);
  const file = objectMember(part, 'fileData', path);
  return file && readFile(file, `${path}fileData.`, losses);
}

function readInline(inline: JsonObject, path: string): MediaPart {
  const data = textMember(inline, 'data', path);
  const mediaType = textMember(inline, 'mimeType', path);
  if (data === undefined) throw malformed(`${path}data`, 'base64 text');
  if (mediaType === undefined) throw malformed(`${path}mimeType`, 'a media type');
  // The other providers read the standard alphabet only; Google reads both (the JSON form of protocol buffers).
  const standard = data.replaceAll('-', '+').replaceAll('_', '/');
  return {
    kind: kindOf(mediaType),
    source: { type: 'base64', mediaType, data: standard },
    filename: textMember(inline, 'displayName', path),
  };
}

function readFile(file: JsonObject, path: string, losses: Losses): MediaPart {
  const url = textMember(file, 'fileUri', path);
  if (url === undefined) throw malformed(`${path}fileUri`, 'a URI');
  if (accountUri.test(url)) {
    throw losses.impossible(
      `${path}fileUri`,
      'The file belongs to a Google account. Send its content inline.',
    );
  }
  const mediaType = textMember(file, 'mimeType', path) ?? typeByEnding(url);
  const kind = youtube.test(url) ? 'video' : kindOf(mediaType ?? '');
  return { kind, source: { type: 'url', url }, filename: textMember(file, 'displayName', path) };
}

/** @returns a part with media: a member of `contents[].parts` or of `functionResponse.parts` */
export function writeMedia(media: MediaPart, family: ModelFamily, losses: Losses): JsonObject {
  const { source, kind } = media;
  // The Gemini API has no names of files [Blob.displayName].
  if (media.filename !== undefined) losses.drop('filename');
  if (source.type === 'base64') {
    return { inlineData: { mimeType: source.mediaType || typesByKind[kind], data: source.data } };
  }
  if (!family.fetchesUrls && !youtube.test(source.url)) {
    throw losses.impossible(
      `${kind}.url`,
      'This model does not fetch addresses. Send the content as base64.',
    );
  }
  const mimeType = typeByEnding(source.url) ?? typesByKind[kind];
  return {
    fileData: defined({ mimeType: youtube.test(source.url) ? undefined : mimeType, fileUri: source.url }),
  };
}

/** In OpenAI's words; a whole request has one resolution. */
export function mediaResolutionOf(media: readonly MediaPart[]): string | undefined {
  const details = media.filter(({ kind }) => kind === 'image').map(({ detail }) => detail);
  if (details.includes('high') || details.includes('original')) return 'MEDIA_RESOLUTION_HIGH';
  if (details.length > 0 && details.every((detail) => detail === 'low')) return 'MEDIA_RESOLUTION_LOW';
  return undefined;
}
