/** Has large bodies of model requests parsed by a thread, so that nothing else waits for that. */
import { Worker } from 'node:worker_threads';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { BodyOrder, BodyReader, RequestBody } from '../relay/request-body.ts';
import type { BodyFacts, BodyReply } from './body-worker.ts';

type Waiting = PromiseWithResolvers<RequestBody>;

export class BodyThread implements BodyReader {
  #worker: Worker | undefined;
  /** Those whose replies are due, in the order of the replies. */
  #waiting: Waiting[] = [];
  #isClosed = false;

  read(order: BodyOrder): Promise<RequestBody> {
    if (this.#isClosed || this.#waiting.length >= limits.bodies_parsed_max) {
      return Promise.reject(
        new HalleyError('bodies_full', { log: 'too many large bodies wait to be parsed' }),
      );
    }
    const segments = order.segments.map(ownMemory);
    const waiting: Waiting = Promise.withResolvers();
    const worker = this.#worker ?? this.#start();
    worker.postMessage(
      { ...order, segments },
      segments.map((each) => each.buffer),
    );
    // An idle thread must not keep the process running.
    if (this.#waiting.push(waiting) === 1) worker.ref();
    return waiting.promise;
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
      const waiting = this.#waiting.shift();
      if (this.#waiting.length === 0) worker.unref();
      if ('facts' in reply) waiting?.resolve(new ReadElsewhere(reply.facts));
      else waiting?.reject(faultOf(reply.fault));
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
    for (const { reject } of this.#waiting.splice(0)) reject(new HalleyError('internal_error', { log }));
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

  constructor({ bytes, ...facts }: BodyFacts) {
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

  usageEdits() {
    return this.#facts.usageEdits;
  }
}
