/** Entry of the demo upstream's thread: listens on a free loopback port and tells the gateway which. */
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../platform/clock.ts';
import { createDemoServer } from './server.ts';

const server = createDemoServer({ chunkMs: Number(workerData.chunkMs), clock: systemClock });
server.listen(0, '127.0.0.1', () => {
  parentPort?.postMessage((server.address() as AddressInfo).port);
});
