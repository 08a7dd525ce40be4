/**
 * The gateway as tests of the fleet run it: on SIGUSR2 it does to its own process what the file named by
 * FLEET_TEST_ORDER says. Until then nothing is changed.
 */
import { readFileSync } from 'node:fs';

export interface Order {
  /** Milliseconds to set the wall clock forward by. */
  readonly wall?: number;
  /** Milliseconds for which nothing else runs. */
  readonly stall?: number;
  /** From now on the file named here says by how many milliseconds the monotonic clock lags behind. */
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

await import('../../src/cli/halley.ts');
