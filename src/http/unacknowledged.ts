/**
 * Learns from Linux which bytes of which connections the other side has not acknowledged yet. Node does not show
 * this; other systems have no file for it. Source: Documentation/networking/proc_net_tcp.rst of the kernel, where
 * `tx_queue` is what was written and not acknowledged, a FIN included.
 */
import { createReadStream } from 'node:fs';
import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';

const tables = ['/proc/net/tcp', '/proc/net/tcp6'] as const;

type Asked = Map<string, PromiseWithResolvers<number | undefined>>;

/** Those who ask in one turn share one reading of the tables, which begins after they have asked. */
export class UnacknowledgedBytes {
  #asked: Asked | undefined;

  /** @returns bytes; undefined when the connection is not listed, or when the system has no such list */
  of(socket: Socket): Promise<number | undefined> {
    const name = nameOf(socket);
    if (name === undefined) return Promise.resolve(undefined);
    if (!this.#asked) {
      this.#asked = new Map();
      queueMicrotask(() => this.#read());
    }
    const known = this.#asked.get(name) ?? Promise.withResolvers<number | undefined>();
    this.#asked.set(name, known);
    return known.promise;
  }

  #read(): void {
    const asked: Asked = this.#asked ?? new Map();
    this.#asked = undefined;
    const end = () => {
      for (const { resolve } of asked.values()) resolve(undefined);
    };
    Promise.all(tables.map((table) => readTable(table, asked))).then(end, end);
  }
}

/** Reads in pieces, so that a long table holds nothing up. */
async function readTable(file: string, asked: Asked): Promise<void> {
  let rest = '';
  for await (const piece of createReadStream(file, { encoding: 'latin1' })) {
    const lines = `${rest}${piece}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) readLine(line, asked);
  }
}

/** `  0: 0100007F:1F90 0100007F:A3C2 01 00000000:00000000 …` */
function readLine(line: string, asked: Asked): void {
  const [, local = '', remote = '', , queues = ''] = line.trim().split(/\s+/, 5);
  const [unacknowledged = ''] = queues.split(':');
  asked.get(`${local} ${remote}`)?.resolve(Number.parseInt(unacknowledged, 16));
}

function nameOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string | undefined {
  if (localAddress === undefined || remoteAddress === undefined) return undefined;
  return `${endpoint(localAddress, localPort)} ${endpoint(remoteAddress, remotePort)}`;
}

/** The kernel shows an address as 32-bit words in the machine's own order of bytes. */
function endpoint(address: string, port = 0): string {
  const bytes = ipaddr.parse(address.replace(/%.*/, '')).toByteArray();
  const words = bytes.length / 4;
  let text = '';
  for (let word = 0; word < words; word++) {
    text += Buffer.from(bytes.slice(word * 4, word * 4 + 4))
      .reverse()
      .toString('hex');
  }
  return `${text}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}
