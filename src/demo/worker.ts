/** Entry point of the demo upstream's thread: listens on a free loopback port and reports it to the gateway. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { workerData } from 'node:worker_threads';
import { systemClock } from '../platform/clock.ts';
import { serveHandlers } from '../platform/worker-handlers.ts';
import { createDemoServer } from './server.ts';

const server = createDemoServer({ chunkMs: Number(workerData.chunkMs), clock: systemClock });
const listening = once(server.listen(0, '127.0.0.1'), 'listening');

const handlers = {
  async origin(_: undefined): Promise<string> {
    await listening;
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
};

export type DemoHandlers = typeof handlers;

serveHandlers(handlers);
