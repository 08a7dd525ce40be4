/**
 * Reads how many sent bytes of each connection the peer has not acknowledged. Node does not show this, and of the
 * systems that it runs on only Linux has a file that does.
 */
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import ipaddr from 'ipaddr.js';
import type { SendQueue, SendQueueReply } from './send-queues-worker.ts';

type Waiting = (queue: SendQueue | undefined) => void;

/** Callers in one turn share one reading of the tables, which begins after they asked. */
export class SendQueues {
  #asked: Map<string, Waiting[]> | undefined;
  #worker: Worker | undefined;
  /** Callers whose replies are due, in the order of the replies. */
  #due: (readonly Waiting[])[][] = [];
  #isClosed = false;

  /** Starts the thread before the first question, which may be urgent. */
  warm(): void {
    if (process.platform === 'linux' && !this.#isClosed) this.#worker ??= this.#start();
  }

  /** @returns undefined when the connection is not listed, or when the system has no such list */
  of(socket: Socket): Promise<SendQueue | undefined> {
    const name = process.platform === 'linux' && !this.#isClosed ? nameOf(socket) : undefined;
    if (name === undefined) return Promise.resolve(undefined);
    if (!this.#asked) {
      this.#asked = new Map();
      queueMicrotask(() => this.#send());
    }
    const { promise, resolve } = Promise.withResolvers<SendQueue | undefined>();
    this.#asked.set(name, [...(this.#asked.get(name) ?? []), resolve]);
    return promise;
  }

  /** Ends the thread. Questions get undefined from then on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    if (worker) this.#onDeath(worker);
    await worker?.terminate();
  }

  #send(): void {
    const asked = this.#asked ?? new Map<string, Waiting[]>();
    this.#asked = undefined;
    const worker = this.#worker ?? this.#start();
    worker.postMessage([...asked.keys()]);
    // An idle thread must not keep the process running.
    if (this.#due.push([...asked.values()]) === 1) worker.ref();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./send-queues-worker.ts', import.meta.url));
    this.#worker = worker;
    worker.unref();
    worker.on('message', (reply: SendQueueReply) => {
      // A thread that failed may have sent a reply before; its callers have been answered.
      if (this.#worker !== worker) return;
      const due = this.#due.shift() ?? [];
      if (this.#due.length === 0) worker.unref();
      for (const [at, waiting] of due.entries()) for (const resolve of waiting) resolve(reply[at]);
    });
    worker.on('error', () => this.#onDeath(worker));
    worker.on('exit', () => this.#onDeath(worker));
    return worker;
  }

  /** The next question starts a new thread. */
  #onDeath(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const due of this.#due.splice(0))
      for (const waiting of due) for (const resolve of waiting) resolve(undefined);
  }
}

function nameOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string | undefined {
  if (localAddress === undefined || remoteAddress === undefined) return undefined;
  return `${endpoint(localAddress, localPort)} ${endpoint(remoteAddress, remotePort)}`;
}

/** The kernel shows an address as 32-bit words in the machine's own order of bytes. */
function endpoint(address: string, port = 0): string {
  const bytes = ipaddr.parse(address.replace(/%.*/, '')).toByteArray();
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    text += Buffer.from(bytes.slice(at, at + 4))
      .reverse()
      .toString('hex');
  }
  return `${text}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}
