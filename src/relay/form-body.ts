/**
 * The body of a model request that came as a multipart form. Rules and prices see its fields as a JSON object, in which
 * a file stands as its name, type and size.
 */
import type { Form, FormPart } from '../http/multipart/form.ts';
import { type WrittenForm, writeForm } from '../http/multipart/form-writer.ts';
import type { Operation } from '../operations/operation.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { RandomBytes } from '../platform/random.ts';
import { folded } from '../protocols/client/numbers-set.ts';
import type { BodyBound, JsonObject, RequestText, ResponseForm } from '../protocols/protocol.ts';
import type { RequestBody, TranslatedBody, UnreadBody } from './request-body.ts';

/** Checks the model as soon as its field has come, so that an upload without the right to it ends at once. */
export class FormModel {
  readonly #check: (model: string) => void;
  #value: string | undefined;

  /** @param check throws what ends the upload */
  constructor(check: (model: string) => void) {
    this.#check = check;
  }

  /** Undefined when no field names it, or an empty one. */
  get value(): string | undefined {
    return this.#value === '' ? undefined : this.#value;
  }

  /** @throws HalleyError('invalid_body') for a second model, one that is too long, and what the check throws */
  see(name: string, value: string): void {
    // Some parsers take `model[]` for `model`.
    if (folded(name).replace(/\[.*$/, '') !== 'model') return;
    if (name !== 'model' || this.#value !== undefined) {
      throw invalid('The form names "model" more than once. Name it once, in lower case.', 'model');
    }
    if (value.length > limits.model_id_chars_max) {
      throw invalid(`"model" must be a string of at most ${limits.model_id_chars_max} characters.`, 'model');
    }
    this.#value = value;
    if (value !== '') this.#check(value);
  }
}

function invalid(message: string, param: string): HalleyError {
  return new HalleyError('invalid_body', { message, param });
}

export class FormBody implements UnreadBody, RequestBody {
  readonly model: string;
  readonly otherModels: readonly string[] = [];
  readonly form: ResponseForm;
  readonly countable = undefined;
  /** What the keeper of contents gets: never the content of a file. */
  readonly segments: readonly Buffer[];
  /** Of the fields: the files are no text. */
  readonly length: number;
  readonly #form: Form;
  readonly #fields: JsonObject;
  readonly #operation: Operation;
  readonly #random: RandomBytes;

  /**
   * @param seconds of the sound in the field `file`; undefined = it was not measured
   * @throws HalleyError('model_missing'), `invalid_body`
   */
  constructor(
    form: Form,
    model: string | undefined,
    operation: Operation,
    random: RandomBytes,
    seconds?: number,
  ) {
    if (model === undefined) throw new HalleyError('model_missing', { param: 'model' });
    this.#form = form;
    this.#operation = operation;
    this.#random = random;
    this.#fields = fieldsOf(form.parts, seconds);
    this.model = model;
    this.form = operation.responseForm(this.#fields);
    this.segments = [Buffer.from(JSON.stringify(this.#fields))];
    this.length = form.fieldBytes;
  }

  read(): RequestBody {
    this.#operation.checkBody(this.#fields);
    return this;
  }

  /** The form with another model in it. */
  upload(model: string): WrittenForm {
    const parts = this.#form.parts.map((part) => (isModel(part) ? { ...part, value: model } : part));
    return writeForm(parts, this.#random);
  }

  bound(): BodyBound {
    return { ...this.#operation.bound(this.#fields, this.length), longCacheWrites: false };
  }

  /** Lists are written as `name[]`, or as several files of one name. */
  hasDistinctNames(): boolean {
    const names = this.#form.parts.flatMap((part) => (part.kind === 'field' ? part.name : []));
    const single = names.filter((name) => !name.includes('[')).map(folded);
    return new Set(single).size === single.length;
  }

  text(): RequestText {
    return this.#operation.text(this.#fields);
  }

  stored(): undefined {}

  conversation(): undefined {}

  modelPlace(): undefined {}

  outputLimit(): undefined {}

  usageEdits(): undefined {}

  reasoningEdits(): readonly [] {
    return [];
  }

  async translated(): Promise<TranslatedBody> {
    throw new HalleyError('internal_error', { log: 'a form is not translated' });
  }
}

const isModel = (part: FormPart) => part.kind === 'field' && part.name === 'model';

/** Fields that name further models in JSON; in a form, nobody says how to read them. */
const otherModelFields: ReadonlySet<string> = new Set(['models', 'fallbacks']);

/**
 * The fields by name; what occurs several times as a list.
 * @throws HalleyError('invalid_body')
 */
export function fieldsOf(parts: readonly FormPart[], seconds?: number): JsonObject {
  const fields = new Map<string, unknown[]>();
  for (const part of parts) {
    const { name } = part;
    if (otherModelFields.has(folded(name).replace('[]', ''))) {
      throw invalid(`A form cannot name further models. Leave "${name}" out.`, name);
    }
    if (part.kind === 'file' && folded(name) === 'model') throw invalid('"model" must be no file.', 'model');
    fields.set(name, [...(fields.get(name) ?? []), shownValue(part, seconds)]);
  }
  return Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

function shownValue(part: FormPart, seconds: number | undefined): unknown {
  if (part.kind === 'file') {
    const { filename, contentType, content } = part;
    const isMeasured = seconds !== undefined && part.name === 'file';
    return { filename, content_type: contentType, bytes: content.length, ...(isMeasured && { seconds }) };
  }
  if (part.name !== 'stream') return part.value;
  return part.value === 'true' ? true : part.value === 'false' ? false : part.value;
}
