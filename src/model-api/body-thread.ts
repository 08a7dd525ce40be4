/** Parses large bodies of model requests in a worker thread. */
import { Worker } from 'node:worker_threads';
import type { UpstreamCall } from '../operations/operation.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { BodyOrder, BodyReader, RequestBody } from '../relay/request-body.ts';
import type { BodyFacts, BodyReply, TranslationOrder } from './body-worker.ts';

type Order = BodyOrder | TranslationOrder;

interface Waiting extends PromiseWithResolvers<BodyReply> {
  readonly order: Order;
  readonly isWanted: () => boolean;
}

export class BodyThread implements BodyReader {
  #worker: Worker | undefined;
  readonly #waiting: Waiting[] = [];
  /** The one that the thread has. */
  #current: Waiting | undefined;
  #isClosed = false;

  async read(order: BodyOrder, isWanted: () => boolean): Promise<RequestBody> {
    const reply = await this.#ask(order, isWanted);
    if (!('facts' in reply)) throw new HalleyError('internal_error', { log: 'a body was not read' });
    return new ReadElsewhere(reply.facts, order, this);
  }

  /** @throws HalleyError as `Translator.request` and `read` do */
  async translate(order: TranslationOrder): Promise<Buffer> {
    const reply = await this.#ask(order, () => true);
    if (!('translated' in reply))
      throw new HalleyError('internal_error', { log: 'a body was not translated' });
    const { buffer, byteOffset, byteLength } = reply.translated;
    return Buffer.from(buffer, byteOffset, byteLength);
  }

  #ask(order: Order, isWanted: () => boolean): Promise<BodyReply> {
    if (this.#isClosed || this.#waiting.length >= limits.bodies_parsed_max) {
      return Promise.reject(
        new HalleyError('bodies_full', { log: 'too many large bodies wait to be parsed' }),
      );
    }
    const waiting = { ...Promise.withResolvers<BodyReply>(), order, isWanted };
    this.#waiting.push(waiting);
    this.#next();
    return waiting.promise;
  }

  /** One at a time, so that those whose clients have left cost nothing. */
  #next(): void {
    while (!this.#current) {
      const next = this.#waiting.shift();
      if (!next) return;
      if (next.isWanted()) this.#send(next);
      else
        next.reject(
          new HalleyError('internal_error', { log: 'the request ended before its body was parsed' }),
        );
    }
  }

  #send(waiting: Waiting): void {
    this.#current = waiting;
    // A body to translate is still needed here: for another attempt.
    const isKept = 'callIndex' in waiting.order;
    const segments = waiting.order.segments.map((each) => (isKept ? new Uint8Array(each) : ownMemory(each)));
    const worker = this.#worker ?? this.#start();
    // An idle thread must not keep the process running.
    worker.ref();
    worker.postMessage(
      { ...waiting.order, segments },
      segments.map((each) => each.buffer),
    );
  }

  /** Ends the thread; bodies that wait are refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    if (worker) this.#onDeath(worker, 'the gateway ends');
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./body-worker.ts', import.meta.url));
    this.#worker = worker;
    worker.on('message', (reply: BodyReply) => {
      // A thread that has failed may have sent a reply before, to a body that was refused since.
      if (this.#worker !== worker) return;
      worker.unref();
      const current = this.#current;
      this.#current = undefined;
      if ('fault' in reply) current?.reject(faultOf(reply.fault));
      else current?.resolve(reply);
      this.#next();
    });
    worker.on('error', (error) => this.#onDeath(worker, String(error)));
    worker.on('exit', () => this.#onDeath(worker, 'it ended'));
    return worker;
  }

  /** The next body starts a new thread. */
  #onDeath(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const log = `the thread that parses large bodies: ${why}`;
    const current = this.#current;
    this.#current = undefined;
    current?.reject(new HalleyError('internal_error', { log }));
    if (this.#isClosed) for (const { reject } of this.#waiting.splice(0)) reject(new HalleyError('draining'));
    else this.#next();
  }
}

function faultOf({
  code,
  message,
  param,
  log,
}: Extract<BodyReply, { fault: unknown }>['fault']): HalleyError {
  return new HalleyError(code, {
    message,
    ...(param !== undefined && { param }),
    ...(log !== undefined && { log }),
  });
}

/** What shares its memory with others, as small buffers do, is copied: it is given away to the thread. */
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
  /** It is too large to be parsed again. */
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

  modelPlace() {
    return this.#facts.modelPlace;
  }

  usageEdits({ translator }: UpstreamCall) {
    return translator ? undefined : this.#facts.usageEdits;
  }

  translated({ index }: UpstreamCall, model: string): Promise<Buffer> {
    const { path, query } = this.#order;
    return this.#thread.translate({
      segments: this.segments,
      length: this.length,
      path,
      query,
      callIndex: index,
      model,
    });
  }
}
