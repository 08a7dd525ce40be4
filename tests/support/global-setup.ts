/** Starts one PostgreSQL for all test files of a run, and stops it at the end. A file that runs alone starts its own. */
import { sharedPostgresVariable, startPostgres, type TestPostgres } from './postgres.ts';
import { migratedTemplate } from './postgres-database.ts';

let postgres: TestPostgres | undefined;

export async function globalSetup(): Promise<void> {
  postgres = await startPostgres({ settings: { max_connections: '400' } });
  const template = await migratedTemplate(postgres);
  process.env[sharedPostgresVariable] = JSON.stringify({ port: postgres.port, template });
}

export async function globalTeardown(): Promise<void> {
  await postgres?.stop();
}
