/** Restarts a gateway under load while another process holds its socket. */
import { startFleetUpstream } from '../fleet/upstream.ts';
import { startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { Load } from './load.ts';

export interface HeldOptions {
  readonly restarts: number;
  /** Lower bound of the number of requests, distributed evenly around the restarts. */
  readonly requests: number;
  readonly clients: number;
}

/** @returns the load, which has ended */
export async function restartsWithHeldSocket({ restarts, requests, clients }: HeldOptions): Promise<Load> {
  const upstream = await startFleetUpstream();
  const gateway = await startGateway({ command: 'supervise', env: { HALLEY_LOG_REQUESTS: 'false' } });
  const starts = () => gateway.logLines().filter(({ message }) => message === 'listening').length;
  try {
    await gateway.createChannel(upstream.origin);
    const { value } = await gateway.createKey();
    const load = new Load({ url: gateway.url, key: value, clients });
    for (let restart = 1; restart <= restarts; restart += 1) {
      await load.reaches((requests * restart) / (restarts + 1));
      gateway.process.kill('SIGHUP');
      await until(() => starts() === restart + 1);
    }
    await load.reaches(requests);
    await load.stop();
    return load;
  } finally {
    await gateway.stop();
    await upstream.close();
  }
}
