/**
 * Reads Linux's tables of TCP connections in a thread of its own: the kernel gives them away a page at a time. Source
 * of the format: Documentation/networking/proc_net_tcp.rst of the kernel.
 */
import { readFileSync } from 'node:fs';
import { serveHandlers } from '../platform/worker-handlers.ts';

/** Each takes some milliseconds: the kernel walks its whole table of connections. */
const tables = { ipv4: '/proc/net/tcp', ipv6: '/proc/net/tcp6' } as const;

/** `4` = a timer for probing a window that the other side has closed. */
const zeroWindowProbe = '04';

export interface SendQueue {
  /** Written and not acknowledged by the other side, a FIN included. */
  readonly bytes: number;
  /** Whether the other side takes nothing at the moment. */
  readonly isWindowClosed: boolean;
}

/** `  0: 0100007F:1F90 0100007F:A3C2 01 00000000:00000000 00:00000000 …` */
function readLine(line: string, names: ReadonlySet<string>, found: Map<string, SendQueue>): void {
  const [, local = '', remote = '', , queues = '', timer = ''] = line.trim().split(/\s+/, 6);
  const name = `${local} ${remote}`;
  if (!names.has(name)) return;
  const bytes = Number.parseInt(queues, 16);
  found.set(name, { bytes, isWindowClosed: timer.startsWith(zeroWindowProbe) });
}

/** Two addresses and ports of IPv4: `0100007F:1F90 0100007F:A3C2`. */
const shortNameLength = 27;

function readTable(table: string, names: ReadonlySet<string>, found: Map<string, SendQueue>): void {
  try {
    for (const line of readFileSync(table, 'latin1').split('\n')) readLine(line, names, found);
  } catch {
    // A system that has no such table.
  }
}

const handlers = {
  /** @returns those that are listed */
  read(names: readonly string[]): ReadonlyMap<string, SendQueue> {
    const wanted = new Set(names);
    const found = new Map<string, SendQueue>();
    const isShort = (name: string) => name.length === shortNameLength;
    if (names.some(isShort)) readTable(tables.ipv4, wanted, found);
    if (!names.every(isShort)) readTable(tables.ipv6, wanted, found);
    return found;
  },
};

export type SendQueueHandlers = typeof handlers;

serveHandlers(handlers);
