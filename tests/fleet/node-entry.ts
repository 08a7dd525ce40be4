/**
 * The gateway for tests of the cluster: on SIGUSR2 it injects the fault described in the file FLEET_TEST_ORDER into
 * its own process. Until then it is unmodified.
 */
import { readFileSync } from 'node:fs';

export interface Order {
  /** Milliseconds to set the wall clock forward. */
  readonly wall?: number;
  /** Milliseconds for which the event loop is blocked. */
  readonly stall?: number;
  /** From now on, this file contains the milliseconds by which the monotonic clock lags. */
  readonly monotonicLagFile?: string;
}

const systemNow = Date.now;
const systemMonotonic = performance.now.bind(performance);

process.on('SIGUSR2', () => {
  const order = JSON.parse(readFileSync(process.env.FLEET_TEST_ORDER ?? '', 'utf8')) as Order;
  const { wall, stall, monotonicLagFile } = order;
  if (wall !== undefined) Date.now = () => systemNow() + wall;
  if (stall !== undefined) {
    const end = systemMonotonic() + stall;
    while (systemMonotonic() < end);
  }
  if (monotonicLagFile !== undefined) {
    performance.now = () => systemMonotonic() - Number(readFileSync(monotonicLagFile, 'utf8'));
  }
  process.stdout.write(`${JSON.stringify({ message: 'order carried out' })}\n`);
});

await import(process.env.FLEET_TEST_GATEWAY ?? '');
