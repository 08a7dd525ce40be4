/** Parses large bodies of model requests in a worker thread. */
import type { Body } from '../http/body-pieces.ts';
import type { UpstreamCall } from '../operations/operation.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { WorkerChannel } from '../platform/worker-channel.ts';
import type { TranslationOptions } from '../protocols/translate/translator.ts';
import type { JobBodyReader } from '../relay/jobs/job-body.ts';
import type { BodyOrder, BodyReader, RequestBody, TranslatedBody } from '../relay/request-body.ts';
import type { BodyFacts, BodyHandlers, TranslationOrder } from './body-worker.ts';

export class BodyThread implements BodyReader, JobBodyReader {
  readonly #channel = new WorkerChannel<BodyHandlers>({
    file: new URL('./body-worker.ts', import.meta.url),
    lostError: (reason) =>
      new HalleyError('internal_error', { log: `the thread that parses large bodies: ${reason}` }),
  });
  /** Number of bodies that wait or are in the thread. */
  #pending = 0;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  async read(order: BodyOrder, isWanted: () => boolean): Promise<RequestBody> {
    const facts = await this.#inTurn(isWanted, () => {
      const segments = order.segments.map(ownMemory);
      return this.#channel.call('read', { ...order, segments }, memoryOf(segments));
    });
    return new ReadElsewhere(facts, order, this);
  }

  async readJob({ segments: given, length }: Body, isWanted: () => boolean) {
    const { bytes, ...text } = await this.#inTurn(isWanted, () => {
      const segments = given.map(ownMemory);
      return this.#channel.call('readJob', { segments, length }, memoryOf(segments));
    });
    return { ...text, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  }

  /** @throws HalleyError as `Translator.request` and `read` do */
  async translate(order: TranslationOrder): Promise<TranslatedBody> {
    const { bytes, ...notes } = await this.#inTurn(
      () => true,
      () => {
        // Copy, since the body is still needed here for another attempt.
        const segments = order.segments.map((each) => new Uint8Array(each));
        return this.#channel.call('translate', { ...order, segments }, memoryOf(segments));
      },
    );
    return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), ...notes };
  }

  /** One at a time, so that waiting bodies of disconnected clients cost nothing. */
  async #inTurn<Result>(isWanted: () => boolean, call: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed || this.#pending > limits.bodies_parsed_max)
      throw new HalleyError('bodies_full', { log: 'too many large bodies wait to be parsed' });
    this.#pending += 1;
    const turn = this.#lastTurn.then(() => {
      if (this.#isClosed) throw new HalleyError('draining');
      if (isWanted()) return call();
      throw new HalleyError('internal_error', { log: 'the request ended before its body was parsed' });
    });
    const ended = () => {
      this.#pending -= 1;
    };
    this.#lastTurn = turn.then(ended, ended);
    return turn;
  }

  /** Stops the thread and refuses waiting bodies. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#channel.close();
  }
}

const memoryOf = (segments: readonly Uint8Array<ArrayBuffer>[]) => segments.map(({ buffer }) => buffer);

/** Copies memory that is shared with other buffers, as that of small ones, since the thread takes ownership. */
function ownMemory(segment: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = segment;
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= limits.inline_json_bytes_max) {
    return new Uint8Array(buffer, byteOffset, length);
  }
  return new Uint8Array(segment);
}

class ReadElsewhere implements RequestBody {
  readonly model: string;
  readonly otherModels: readonly string[];
  readonly form: RequestBody['form'];
  readonly segments: readonly Buffer[];
  readonly length: number;
  /** The body is too large to be parsed again. */
  readonly countable = undefined;
  readonly #facts: Omit<BodyFacts, 'bytes'>;
  readonly #order: Pick<BodyOrder, 'path' | 'query'>;
  readonly #thread: BodyThread;

  constructor({ bytes, ...facts }: BodyFacts, order: BodyOrder, thread: BodyThread) {
    this.#order = order;
    this.#thread = thread;
    this.model = facts.model;
    this.otherModels = facts.otherModels;
    this.form = facts.form;
    this.segments = [Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)];
    this.length = bytes.byteLength;
    this.#facts = facts;
  }

  bound() {
    return this.#facts.bound;
  }

  hasDistinctNames() {
    return this.#facts.namesAreDistinct;
  }

  text() {
    return this.#facts.text;
  }

  conversation() {
    return this.#facts.conversation;
  }

  stored() {
    return this.#facts.stored;
  }

  modelPlace() {
    return this.#facts.modelPlace;
  }

  outputLimit() {
    return this.#facts.outputLimit;
  }

  usageEdits({ translator }: UpstreamCall) {
    return translator ? undefined : this.#facts.usageEdits;
  }

  reasoningEdits({ translator }: UpstreamCall) {
    return translator ? [] : this.#facts.reasoningEdits;
  }

  translated({ index }: UpstreamCall, model: string, options: TranslationOptions): Promise<TranslatedBody> {
    const { path, query } = this.#order;
    return this.#thread.translate({
      segments: this.segments,
      length: this.length,
      path,
      query,
      callIndex: index,
      model,
      options,
    });
  }
}
