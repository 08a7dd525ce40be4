/** Writes the content of chat messages. Pure. */
import type { JsonObject } from '../../protocol.ts';
import { urlOf } from '../data-url.ts';
import type { CacheMark, MediaPart, RefusalPart, TextPart } from '../form/request.ts';
import { defined } from '../json.ts';
import type { Losses } from '../losses.ts';
import type { ChatUpstreamOptions } from './upstream-options.ts';

type ContentPart = TextPart | MediaPart | RefusalPart;

export class ContentWriter {
  readonly #options: ChatUpstreamOptions;
  readonly #losses: Losses;

  constructor(options: ChatUpstreamOptions, losses: Losses) {
    this.#options = options;
    this.#losses = losses;
  }

  /** A single plain text as a string, which every server takes; else the list of parts. */
  content(parts: readonly ContentPart[]): string | readonly JsonObject[] {
    const written = parts.flatMap((part) => this.#part(part));
    const [first] = written;
    const isPlain = written.length === 1 && first?.type === 'text' && Object.keys(first).length === 2;
    return isPlain ? String(first.text) : written;
  }

  /** What has no place for a marker loses it. */
  dropMark(part: { readonly cache?: CacheMark | undefined }): void {
    if (part.cache) this.#losses.drop('cache_control');
  }

  #part(part: ContentPart): readonly JsonObject[] {
    switch (part.kind) {
      case 'text':
        return [{ type: 'text', text: part.text, ...this.#mark(part.cache) }];
      case 'refusal':
        return [{ type: 'refusal', refusal: part.text }];
      case 'image':
        return [{ type: 'image_url', image_url: imageUrl(part), ...this.#mark(part.cache) }];
      case 'file':
        return this.#file(part);
      case 'audio':
        return this.#audio(part);
      case 'video':
        this.#losses.refuse('video');
        return [];
    }
  }

  #file(part: MediaPart): readonly JsonObject[] {
    if (part.source.type === 'url') {
      this.#losses.refuse('file', 'Send its bytes in place of its URL.');
      return [];
    }
    const file = { filename: part.filename ?? 'document.pdf', file_data: urlOf(part.source) };
    return [{ type: 'file', file, ...this.#mark(part.cache) }];
  }

  #audio({ source, cache }: MediaPart): readonly JsonObject[] {
    const format = source.type === 'base64' ? audioFormats[source.mediaType] : undefined;
    if (source.type === 'url' || format === undefined) {
      this.#losses.refuse('audio', 'Send its bytes, as WAV or MP3.');
      return [];
    }
    return [{ type: 'input_audio', input_audio: { data: source.data, format }, ...this.#mark(cache) }];
  }

  /** Lifetimes do not correspond: the nearest that is not shorter. Facts, section 6. */
  #mark(cache: CacheMark | undefined): JsonObject {
    if (!cache) return {};
    if (!this.#options.takesBreakpoints) {
      this.#losses.drop('cache_control');
      return {};
    }
    const ttl = cache.ttl && longer[cache.ttl];
    if (cache.ttl !== ttl) this.#losses.drop('cache_control.ttl');
    return { prompt_cache_breakpoint: defined({ mode: 'explicit', ttl }) };
  }
}

const longer: Readonly<Record<NonNullable<CacheMark['ttl']>, string>> = {
  '5m': '30m',
  '30m': '30m',
  '1h': '12h',
  '12h': '12h',
};

const audioFormats: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
};

function imageUrl({ source, detail }: MediaPart): JsonObject {
  return defined({ url: urlOf(source), detail });
}
