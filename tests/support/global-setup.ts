/**
 * Starts one PostgreSQL for all test files of a run, and stops it at the end; a file that runs alone starts its own. Bundles
 * the gateway that they start. Ends test files that hang.
 */
import { bundledGatewayVariable } from './gateway.ts';
import { bundleGateway } from './gateway-bundle.ts';
import { watchTestFiles } from './hang-watch.ts';
import { sharedPostgresVariable, startPostgres, type TestPostgres } from './postgres.ts';
import { migratedTemplate } from './postgres-database.ts';

let postgres: TestPostgres | undefined;
let endWatch: (() => void) | undefined;

export async function globalSetup(): Promise<void> {
  endWatch = watchTestFiles();
  process.env[bundledGatewayVariable] = await bundleGateway();
  postgres = await startPostgres({ settings: { max_connections: '400' } });
  const template = await migratedTemplate(postgres);
  process.env[sharedPostgresVariable] = JSON.stringify({ port: postgres.port, template });
}

export async function globalTeardown(): Promise<void> {
  endWatch?.();
  await postgres?.stop();
}
