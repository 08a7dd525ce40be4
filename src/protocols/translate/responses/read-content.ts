/** Reads the content of messages and of tool results into parts of the internal form. Pure. */
import type { JsonObject } from '../../protocol.ts';
import { sourceOfUrl } from '../data-url.ts';
import type { CacheMark, MediaPart, RefusalPart, TextPart } from '../form/request.ts';
import { isPlainObject, malformed, textOf } from '../json.ts';
import type { Losses } from '../losses.ts';

export type ContentPart = TextPart | MediaPart | RefusalPart;

const textTypes: ReadonlySet<unknown> = new Set(['input_text', 'output_text', 'text', 'summary_text']);
/** `PromptCacheOptions.ttl`: the default of a request. */
const ttlDefault = '30m';

/** Reads contents, all of one request. */
export class ContentReader {
  readonly #losses: Losses;
  readonly #ttl: CacheMark['ttl'];

  /** @param options `prompt_cache_options` of the request */
  constructor(losses: Losses, options: unknown) {
    this.#losses = losses;
    this.#ttl = isPlainObject(options) && options.ttl === '12h' ? '12h' : ttlDefault;
  }

  /** @param field as the client writes it, such as `input[].content` */
  read(content: unknown, field: string): readonly ContentPart[] {
    if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
    if (!Array.isArray(content)) throw malformed(field, 'a text or a list of parts');
    return content.flatMap((part) => {
      if (!isPlainObject(part)) throw malformed(`${field}[]`, 'an object');
      return this.#part(part, `${field}[]`);
    });
  }

  #part(part: JsonObject, field: string): readonly ContentPart[] {
    if (textTypes.has(part.type))
      return [{ kind: 'text', text: required(part, 'text', field), ...this.#cache(part) }];
    if (part.type === 'refusal') return [{ kind: 'refusal', text: required(part, 'refusal', field) }];
    if (part.type === 'input_image') return [this.#image(part, field)];
    if (part.type === 'input_file') return [this.#file(part, field)];
    if (typeof part.type !== 'string') throw malformed(`${field}.type`, 'the type of a part');
    this.#losses.refuse(`${field}.type`, `Leave out parts of type "${part.type}".`);
    return [];
  }

  #image(part: JsonObject, field: string): MediaPart {
    const source = sourceOfUrl(required(part, 'image_url', field));
    if (!source) throw malformed(`${field}.image_url`, 'a URL, or a data URL in base64');
    const detail = textOf(part.detail);
    return {
      kind: 'image',
      source,
      ...(detail !== undefined && detail !== 'auto' && { detail }),
      ...this.#cache(part),
    };
  }

  #file(part: JsonObject, field: string): MediaPart {
    const filename = textOf(part.filename);
    const more = { ...(filename !== undefined && { filename }), ...this.#cache(part) };
    const url = textOf(part.file_url);
    if (url !== undefined) return { kind: 'file', source: { type: 'url', url }, ...more };
    const data = required(part, 'file_data', field);
    const source = sourceOfUrl(data);
    if (!source) throw malformed(`${field}.file_data`, 'a data URL in base64');
    // Some clients send the base64 alone, for PDF.
    if (source.type === 'url')
      return { kind: 'file', source: { type: 'base64', mediaType: 'application/pdf', data }, ...more };
    return { kind: 'file', source, ...more };
  }

  #cache({ prompt_cache_breakpoint: mark }: JsonObject): { readonly cache?: CacheMark } {
    if (!isPlainObject(mark)) return {};
    return { cache: { ttl: mark.ttl === '30m' || mark.ttl === '12h' ? mark.ttl : this.#ttl } };
  }
}

function required(part: JsonObject, name: string, field: string): string {
  const text = textOf(part[name]);
  if (text === undefined) throw malformed(`${field}.${name}`, 'a text');
  return text;
}
