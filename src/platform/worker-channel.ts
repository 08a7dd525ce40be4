/**
 * Calls functions in a worker thread and matches the replies to the calls. The thread starts at the first call, and
 * again at the next one after it died. An idle thread does not keep the process running.
 */
import { type Transferable, Worker } from 'node:worker_threads';
import type { WorkerHandlers, WorkerReply } from './worker-handlers.ts';
import { restoredError } from './worker-handlers.ts';

export interface WorkerChannelOptions {
  /** What the thread runs: a module that calls `serveHandlers`. */
  readonly file: URL;
  readonly workerData?: unknown;
  /** Makes the error of calls that get no reply. */
  readonly lostError: (reason: string) => Error;
  /** Called whenever no call is outstanding any more. */
  readonly onIdle?: () => void;
}

interface Caller {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

type Argument<Handlers, Name extends keyof Handlers> = Handlers[Name] extends (argument: infer A) => unknown
  ? A
  : never;

type Result<Handlers, Name extends keyof Handlers> = Handlers[Name] extends (argument: never) => infer R
  ? Awaited<R>
  : never;

export class WorkerChannel<Handlers extends WorkerHandlers> {
  readonly #options: WorkerChannelOptions;
  /** By the id of the call, which is free again after its reply. A `Map` would outlive the callers: see bag.ts. */
  #callers: (Caller | undefined)[] = [];
  readonly #freeIds: number[] = [];
  #outstanding = 0;
  #worker: Worker | undefined;
  #isClosed = false;

  constructor(options: WorkerChannelOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  /**
   * Rejects with what the handler throws, with what cannot be copied to the thread, or with `lostError`.
   * @param transfer memory that is given away to the thread
   */
  call<Name extends keyof Handlers & string>(
    name: Name,
    argument: Argument<Handlers, Name>,
    transfer?: readonly Transferable[],
  ): Promise<Result<Handlers, Name>> {
    if (this.#isClosed) return Promise.reject(this.#options.lostError('it is closed'));
    return new Promise((resolve, reject) => {
      const worker = this.#worker ?? this.#start();
      const id = this.#freeIds.at(-1) ?? this.#callers.length;
      worker.postMessage({ id, name, argument }, transfer);
      this.#freeIds.pop();
      this.#callers[id] = { resolve: resolve as Caller['resolve'], reject };
      this.#outstanding += 1;
      if (this.#outstanding === 1) worker.ref();
    });
  }

  /** Starts the thread ahead of the first call. */
  start(): void {
    if (!this.#isClosed) this.#worker ??= this.#start();
  }

  /** Rejects outstanding calls and ends the thread. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    if (worker) this.#onDeath(worker, 'it is closed');
    await worker?.terminate();
  }

  #start(): Worker {
    const { file, workerData } = this.#options;
    const worker = new Worker(file, { workerData });
    this.#worker = worker;
    worker.unref();
    worker.on('message', (reply: WorkerReply) => this.#onReply(worker, reply));
    worker.on('error', (error) => this.#onDeath(worker, String(error)));
    worker.on('exit', () => this.#onDeath(worker, 'it ended'));
    return worker;
  }

  #onReply(worker: Worker, reply: WorkerReply): void {
    const caller = this.#callers[reply.id];
    // A thread that failed may have sent a reply before; its callers have been rejected.
    if (!caller || this.#worker !== worker) return;
    this.#callers[reply.id] = undefined;
    this.#freeIds.push(reply.id);
    this.#outstanding -= 1;
    if ('error' in reply) caller.reject(restoredError(reply.error));
    else caller.resolve(reply.result);
    if (this.#outstanding > 0) return;
    worker.unref();
    this.#options.onIdle?.();
  }

  #onDeath(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const callers = this.#callers.filter((caller) => caller !== undefined);
    this.#callers = [];
    this.#freeIds.length = 0;
    this.#outstanding = 0;
    for (const { reject } of callers) reject(this.#options.lostError(reason));
    this.#options.onIdle?.();
  }
}
