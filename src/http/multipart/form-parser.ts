/** Parses a multipart form as it arrives. Files beyond a few kilobytes go to the spool. */
import type { Readable } from 'node:stream';
import createBusboy, { type Busboy } from 'busboy';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { FileContent, Form, FormPart } from './form.ts';
import type { Spool, SpoolFile } from './spool.ts';

export interface FormParserOptions {
  readonly contentType: string;
  readonly spool: Spool;
  /** Take room for bytes in memory and on disk; what they throw ends the reading. */
  readonly take: (bytes: number) => void;
  readonly takeDisk: (bytes: number) => void;
  /** Sees each field as soon as it is complete; throws what ends the reading. */
  readonly onField: (name: string, value: string) => void;
}

/** Whether a request says that its body is a form. */
export function isForm(contentType: string | undefined): boolean {
  return contentType !== undefined && /^multipart\/form-data\b/i.test(contentType.trim());
}

export class FormParser {
  readonly #options: FormParserOptions;
  readonly #busboy: Busboy;
  readonly #parts: FormPart[] = [];
  /** Files whose content still arrives, each with its place among the parts. */
  readonly #files: Promise<void>[] = [];
  readonly #streams: Readable[] = [];
  readonly #opened: SpoolFile[] = [];
  #fieldBytes = 0;
  #fileBytes = 0;
  #failure: Error | undefined;
  #onFailure: (error: Error) => void = () => undefined;

  /** @throws HalleyError('invalid_body') when the content type names no boundary */
  constructor(options: FormParserOptions) {
    this.#options = options;
    this.#busboy = this.#create(options.contentType);
    this.#busboy.on('field', (name, value, { nameTruncated, valueTruncated, encoding }) => {
      this.#guard(() => this.#addField(name, value, nameTruncated || valueTruncated, encoding));
    });
    this.#busboy.on('file', (name, file, { filename, encoding, mimeType: contentType }) => {
      file.on('error', () => undefined);
      this.#guard(() => this.#addFile({ name, filename, encoding, contentType }, file));
    });
    this.#busboy.on('partsLimit', () => this.#fail(tooManyParts()));
    this.#busboy.on('error', () => this.#fail(malformed('It ends early or has a part that cannot be read.')));
  }

  #create(contentType: string): Busboy {
    try {
      return createBusboy({
        headers: { 'content-type': contentType },
        limits: {
          parts: limits.form_parts_max,
          fieldSize: limits.form_field_bytes_max,
        },
        defParamCharset: 'utf8',
      });
    } catch {
      throw malformed('Its Content-Type names no boundary.');
    }
  }

  /**
   * @returns resolves when it takes more
   * @throws HalleyError('invalid_body'), `uploads_full`, what `take`, `takeDisk` and `onField` throw
   */
  push(chunk: Buffer): Promise<void> {
    return this.#orFailure((resolve) => this.#busboy.write(chunk, () => resolve()));
  }

  /**
   * Call once, after the last `push`.
   * @throws as `push` does
   */
  async end(): Promise<Form> {
    await this.#orFailure((resolve) => this.#busboy.once('finish', resolve).end());
    await Promise.all(this.#files);
    if (this.#failure) throw this.#failure;
    return { parts: this.#parts, fileBytes: this.#fileBytes, fieldBytes: this.#fieldBytes };
  }

  /** Releases what has come so far. Never rejects. */
  async discard(): Promise<void> {
    this.#fail(new HalleyError('internal_error', { log: 'the form was discarded' }));
    for (const stream of this.#streams) stream.destroy();
    await Promise.allSettled(this.#files);
    await Promise.all(this.#opened.map((file) => file.close()));
  }

  async #orFailure(act: (resolve: () => void) => void): Promise<void> {
    if (this.#failure) throw this.#failure;
    await new Promise<void>((resolve, reject) => {
      this.#onFailure = reject;
      act(resolve);
    });
    if (this.#failure) throw this.#failure;
  }

  #guard(act: () => void): void {
    if (this.#failure) return;
    try {
      act();
    } catch (thrown) {
      this.#fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#onFailure(this.#failure);
  }

  #addField(name: string | undefined, value: string, isCut: boolean, encoding: string): void {
    const checked = checkedName(name, encoding);
    if (isCut)
      throw malformed(`Its field "${shown(checked)}" is longer than ${limits.form_field_bytes_max} bytes.`);
    const bytes = Buffer.byteLength(checked) + Buffer.byteLength(value);
    this.#options.take(bytes);
    this.#fieldBytes += bytes;
    this.#parts.push({ kind: 'field', name: checked, value });
    this.#options.onField(checked, value);
  }

  #addFile(part: PartHead, file: Readable): void {
    const { filename = '', contentType, encoding } = part;
    const name = checkedName(part.name, encoding);
    const position = this.#parts.push({ kind: 'field', name, value: '' }) - 1;
    this.#streams.push(file);
    const arriving = this.#receive(file).then((content) => {
      this.#parts[position] = { kind: 'file', name, filename, contentType: plainType(contentType), content };
    });
    this.#files.push(arriving.catch((error: Error) => this.#fail(error)));
  }

  async #receive(file: Readable): Promise<FileContent> {
    const small: Buffer[] = [];
    let bytes = 0;
    let spooled: SpoolFile | undefined;
    for await (const chunk of file as AsyncIterable<Buffer>) {
      if (this.#failure) throw this.#failure;
      bytes += chunk.length;
      this.#fileBytes += chunk.length;
      if (!spooled && bytes <= limits.form_file_memory_bytes) {
        this.#options.take(chunk.length);
        small.push(Buffer.from(chunk));
        continue;
      }
      if (!spooled) {
        spooled = await this.#options.spool.open(this.#options.takeDisk);
        this.#opened.push(spooled);
        for (const each of small.splice(0)) await spooled.write(each);
      }
      await spooled.write(chunk);
    }
    return spooled ?? Buffer.concat(small);
  }
}

interface PartHead {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  readonly encoding: string;
  readonly contentType: string;
}

const plainEncodings: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary']);

function checkedName(name: string | undefined, encoding: string): string {
  if (name === undefined || name === '') throw malformed('Each part needs a name.');
  if (name.length > limits.form_name_chars_max) throw malformed('The name of a part is too long.');
  if (!plainEncodings.has(encoding)) {
    throw malformed(`Its part "${shown(name)}" has a Content-Transfer-Encoding. Send its bytes as they are.`);
  }
  return name;
}

/** What may stand in a header again. */
const mediaType = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}$/;

function plainType(contentType: string): string {
  return mediaType.test(contentType) ? contentType : 'application/octet-stream';
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 64)).slice(1, -1);

function malformed(why: string): HalleyError {
  return new HalleyError('invalid_body', { message: `The multipart form cannot be read. ${why}` });
}

function tooManyParts(): HalleyError {
  return malformed(`It has more than ${limits.form_parts_max} parts.`);
}
