/** Measures the memory of an open, idle realtime session over that of a bare relay of sockets. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Bench, Scenario } from '../bench.ts';
import { type Child, startServer } from '../child.ts';
import type { Figure } from '../figures.ts';
import { launchGateway, makeKey, makeSocketChannel, whenReady } from '../gateway.ts';

const atOnce = 50;

async function openAll(port: number, key: string, count: number): Promise<readonly WebSocket[]> {
  const opened: WebSocket[] = [];
  while (opened.length < count) {
    const some = Array.from({ length: Math.min(atOnce, count - opened.length) }, () => {
      const headers = { authorization: `Bearer ${key}` };
      const url = `ws://127.0.0.1:${port}/v1/realtime?model=bench-realtime`;
      return new WebSocket(url, { headers, perMessageDeflate: false });
    });
    await Promise.all(some.map((socket) => once(socket, 'message')));
    opened.push(...some);
  }
  return opened;
}

async function bytesPerSocket(child: Child, port: number, key: string, count: number): Promise<number> {
  // Open a few first, so that compiled code does not count.
  for (const socket of await openAll(port, key, 100)) socket.terminate();
  await sleep(2000);
  const before = child.rssBytes();
  const sockets = await openAll(port, key, count);
  await sleep(2000);
  const held = child.rssBytes() - before;
  for (const socket of sockets) socket.terminate();
  await child.stop();
  return held / count;
}

async function idleSockets(bench: Bench): Promise<Figure[]> {
  const count = 1000;
  const upstream = await startServer('socket-upstream.ts', []);
  const gateway = await launchGateway(bench.scratch);
  await whenReady(gateway);
  await makeSocketChannel(gateway, upstream.port);
  const own = await bytesPerSocket(gateway.child, gateway.port, await makeKey(gateway), count);
  const bare = await startServer('bare-sockets.ts', [`http://127.0.0.1:${upstream.port}`]);
  const baseline = await bytesPerSocket(bare.child, bare.port, 'bare', count);
  await upstream.child.stop();
  return [
    {
      name: 'memory of an idle realtime session, over a bare relay',
      value: (own - baseline) / 1024,
      unit: 'kB',
      bound: 40,
      detail: `${count} sessions of ${(own / 1024).toFixed(1)} kB; bare relay ${(baseline / 1024).toFixed(1)} kB`,
    },
  ];
}

export const socketsScenario: Scenario = { name: 'sockets', anyRelay: false, run: idleSockets };
