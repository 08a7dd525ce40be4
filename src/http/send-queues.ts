/**
 * Reads how many sent bytes of each connection the peer has not acknowledged. Node does not show this, and of the
 * systems that it runs on only Linux has a file that does.
 */
import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { WorkerChannel } from '../platform/worker-channel.ts';
import type { SendQueue, SendQueueHandlers } from './send-queues-worker.ts';

/** Callers in one turn share one reading of the tables, which begins after they asked. */
export class SendQueues {
  readonly #channel = new WorkerChannel<SendQueueHandlers>({
    file: new URL('./send-queues-worker.ts', import.meta.url),
    lostError: (reason) => new Error(reason),
  });
  #names: string[] = [];
  #reading: Promise<ReadonlyMap<string, SendQueue>> | undefined;

  /** Starts the thread before the first question, which may be urgent. */
  warm(): void {
    if (process.platform === 'linux') this.#channel.start();
  }

  /** @returns undefined when the connection is not listed, or when the system has no such list */
  async of(socket: Socket): Promise<SendQueue | undefined> {
    const name = process.platform === 'linux' ? nameOf(socket) : undefined;
    if (name === undefined) return undefined;
    this.#names.push(name);
    this.#reading ??= this.#readAtEndOfTurn();
    const queues = await this.#reading.catch(() => undefined);
    return queues?.get(name);
  }

  async #readAtEndOfTurn(): Promise<ReadonlyMap<string, SendQueue>> {
    await undefined;
    const names = this.#names;
    this.#names = [];
    this.#reading = undefined;
    return this.#channel.call('read', names);
  }

  /** Ends the thread. Questions get undefined from then on. */
  close(): Promise<void> {
    return this.#channel.close();
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
  for (let index = 0; index < bytes.length; index += 4) {
    text += Buffer.from(bytes.slice(index, index + 4))
      .reverse()
      .toString('hex');
  }
  return `${text}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}
