/** A gateway of several workers on a database of its own. */
import { randomBytes } from 'node:crypto';
import { Connection, requestText } from '../fleet/connection.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';

/** Settings of a gateway with workers. */
export async function workersEnv(workers: number): Promise<Readonly<Record<string, string>>> {
  return {
    HALLEY_SERVER_WORKERS: String(workers),
    HALLEY_DATABASE_URL: await freshDatabase(),
    HALLEY_SERVER_SECRET: randomBytes(32).toString('hex'),
    // Long enough that a stall of a busy machine is no fault.
    HALLEY_FLEET_LEASE_MS: '10000',
  };
}

/** Starts it, and waits until every worker serves. */
export async function startWorkers(
  workers: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Gateway> {
  const gateway = await startGateway({ env: { ...(await workersEnv(workers)), ...env } });
  await until(() => serving(gateway).length === workers);
  return gateway;
}

interface ServingWorker {
  readonly worker: number;
  readonly pid: number;
}

/** The workers that have begun to serve, in this order, those that have ended too. */
export function serving(gateway: Gateway): readonly ServingWorker[] {
  return gateway
    .logLines()
    .filter(({ message }) => message === 'a worker serves')
    .map(({ worker, pid }) => ({ worker: Number(worker), pid: Number(pid) }));
}

/** Opens connections, which the parent distributes over the workers. */
export function connections(gateway: Gateway, count: number): readonly Connection[] {
  return nonEmpty(Array.from({ length: count }, () => new Connection(gateway.url)));
}

/** A small model request. */
export const chat = (credential: string, fields: object = {}): string =>
  requestText({
    method: 'POST',
    path: '/v1/chat/completions',
    credential,
    body: { model: 'test-model', messages: [{ role: 'user', content: 'hi' }], ...fields },
  });
