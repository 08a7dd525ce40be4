/** Reads the body of one model request within its limits, and parses it here or in the body thread. */
import type { KeyPolicy } from '../access/key-policy.ts';
import { BodyCancel, type BodyPace, pipeBody, readBody } from '../http/body.ts';
import type { BodyBudget, BodyShare } from '../http/body-budget.ts';
import type { Body } from '../http/body-pieces.ts';
import type { Exchange } from '../http/exchange.ts';
import { JsonStructure } from '../http/json-structure.ts';
import { closeForm, type Form } from '../http/multipart/form.ts';
import { FormParser, isForm } from '../http/multipart/form-parser.ts';
import type { Spool } from '../http/multipart/spool.ts';
import type { Operation } from '../operations/operation.ts';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { RandomBytes } from '../platform/random.ts';
import { FormBody, FormModel } from './form-body.ts';
import {
  type BodyReader,
  isReadInline,
  parseRequestBody,
  type RequestBody,
  type UnreadBody,
} from './request-body.ts';
import type { SoundLength } from './sound-length.ts';

export interface BodyIntakeOptions {
  readonly clock: Clock;
  readonly bodyBytesMax: number;
  readonly bodyPace: BodyPace;
  /** Room for the bodies of all requests. */
  readonly bodies: BodyBudget;
  readonly bodyReader: BodyReader;
  readonly uploads: UploadOptions;
}

export interface UploadOptions {
  /** Of one form. */
  readonly bytesMax: number;
  readonly spool: Spool;
  /** Room on the disk for the files of all forms. */
  readonly budget: BodyBudget;
  readonly random: RandomBytes;
  readonly sounds: Pick<SoundLength, 'secondsOf'>;
}

/** Bounds on the structure of a body before anything parses it. */
const structureLimits = {
  names: limits.model_json_names_max,
  values: limits.model_json_values_max,
  depth: limits.model_json_depth_max,
};

const formNeeded = 'This operation takes a form. Send it as multipart/form-data.';

export class BodyIntake {
  readonly #options: BodyIntakeOptions;
  readonly #cancel = new BodyCancel();
  #share: BodyShare | undefined;
  #diskShare: BodyShare | undefined;
  #form: Pick<Form, 'parts'> | undefined;
  #isElsewhere = false;
  #isReleased = false;

  constructor(options: BodyIntakeOptions) {
    this.#options = options;
  }

  /**
   * @param checkModel called as soon as a form has named its model; what it throws ends the reading
   * @throws HalleyError as `readBody`, `JsonStructure.push`, `parseRequestBody`, `BodyReader.read` and `FormParser` do;
   * ClientGone
   */
  read(
    exchange: Exchange,
    operation: Operation,
    record: KeyPolicy,
    checkModel: (model: string) => void,
  ): Promise<UnreadBody> {
    const { takes } = operation;
    const contentType = exchange.req.headers['content-type'];
    if (takes !== 'json' && contentType !== undefined && isForm(contentType)) {
      return this.#readForm(exchange, operation, record, new FormModel(checkModel), contentType);
    }
    if (takes === 'form') throw new HalleyError('invalid_body', { message: formNeeded });
    return this.#readJson(exchange, operation, record);
  }

  async #readForm(
    exchange: Exchange,
    operation: Operation,
    { keyId }: KeyPolicy,
    model: FormModel,
    contentType: string,
  ): Promise<UnreadBody> {
    const { clock, bodyPace: pace, bodies, uploads } = this.#options;
    const { spool, budget, bytesMax, random } = uploads;
    const share = bodies.share([`key ${keyId}`]);
    const diskShare = budget.share([`key ${keyId}`]);
    this.#share = share;
    this.#diskShare = diskShare;
    const parser = new FormParser({
      contentType,
      spool,
      take: (bytes) => share.take(bytes),
      takeDisk: (bytes) => diskShare.take(bytes),
      onField: (name, value) => model.see(name, value),
    });
    try {
      await pipeBody(exchange, { bytesMax, pace, clock, cancel: this.#cancel }, parser);
      const form = await parser.end();
      this.#form = form;
      return new FormBody(form, model.value, operation, random, await this.#soundSeconds(form, operation));
    } catch (thrown) {
      await parser.discard();
      throw thrown;
    }
  }

  /** @returns undefined where nothing is to be measured */
  async #soundSeconds({ parts }: Form, { measures }: Operation): Promise<number | undefined> {
    const file = parts.find((part) => part.kind === 'file' && part.name === 'file');
    if (measures !== 'sound' || file?.kind !== 'file') return undefined;
    return this.#options.uploads.sounds.secondsOf(file);
  }

  async #readJson(exchange: Exchange, operation: Operation, record: KeyPolicy): Promise<UnreadBody> {
    const { clock, bodyBytesMax, bodyPace, bodies } = this.#options;
    this.#share = bodies.share([`key ${record.keyId}`]);
    const structure = new JsonStructure(structureLimits);
    const body = await readBody(exchange, {
      bytesMax: bodyBytesMax,
      pace: bodyPace,
      clock,
      share: this.#share,
      cancel: this.#cancel,
      ...(!isSmall(exchange) && { inspect: (piece) => structure.push(piece) }),
    });
    if (isReadInline(body, structure)) return parseRequestBody(body, operation);
    const read = await this.#readElsewhere(exchange, body, record);
    return { model: read.model, read: () => read };
  }

  /** The thread holds the body until it has parsed it, even when the request ends meanwhile. */
  async #readElsewhere({ path, query }: Exchange, body: Body, { reserves }: KeyPolicy): Promise<RequestBody> {
    this.#isElsewhere = true;
    try {
      const order = { ...body, path, query, reserves };
      return await this.#options.bodyReader.read(order, () => !this.#isReleased);
    } finally {
      this.#isElsewhere = false;
      if (this.#isReleased) this.release();
    }
  }

  /** Ends the reading with an error, if it is still running. */
  cancel(error: HalleyError): void {
    this.#cancel.cancel(error);
  }

  /** Call when the body is no longer needed. */
  release(): void {
    this.#isReleased = true;
    if (!this.#isElsewhere) this.#share?.release();
  }

  /** Call when the request is over: its files may be read until then. */
  close(): void {
    this.release();
    const form = this.#form;
    this.#form = undefined;
    if (form) void closeForm(form);
    this.#diskShare?.release();
  }
}

/** Whether a body is so short that its structure needs no bounds. */
function isSmall({ req }: Exchange): boolean {
  const length = req.headers['content-length'];
  return length !== undefined && Number(length) <= limits.uncounted_json_bytes_max;
}
