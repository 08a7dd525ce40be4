/**
 * What the gateways of this test process keep their data in: SQLite, or PostgreSQL when HALLEY_TEST_DATABASE says
 * so. The files of tests/on-postgres say so, and then run the tests of other files.
 */
import { shareTestPostgres } from './postgres.ts';
import { freshDatabase } from './postgres-database.ts';

export type TestEngine = 'sqlite' | 'postgres';

export function testEngine(): TestEngine {
  return process.env.HALLEY_TEST_DATABASE === 'postgres' ? 'postgres' : 'sqlite';
}

/**
 * Options of a test that is about one engine alone, which is left out on the other one.
 * @param reason why the other one has nothing like it
 */
export function onlyOn(engine: TestEngine, reason: string): { readonly skip?: string } {
  return testEngine() === engine ? {} : { skip: `${engine} alone: ${reason}` };
}

/** Which database belongs to which data directory: who starts again on one, finds what it had. */
const urls = new Map<string, Promise<string>>();

/** @returns the url of the PostgreSQL database that goes with a data directory; it is made when missing */
export function databaseUrlOf(dataDir: string): Promise<string> {
  let url = urls.get(dataDir);
  if (url === undefined) {
    url = freshDatabase();
    urls.set(dataDir, url);
  }
  return url;
}

/** Begins the database of a data directory from nothing: its first gateway makes the tables too. */
export async function useEmptyDatabase(dataDir: string): Promise<void> {
  if (testEngine() === 'sqlite') return;
  urls.set(dataDir, Promise.resolve(await (await shareTestPostgres()).createDatabase()));
}

/** Settings of a gateway that is to run on the engine of this test process. */
export async function engineEnv(dataDir: string): Promise<Readonly<Record<string, string>>> {
  if (testEngine() === 'sqlite') return {};
  return {
    HALLEY_DATABASE_URL: await databaseUrlOf(dataDir),
    // Long enough that a stall of a busy machine is no fault.
    HALLEY_FLEET_LEASE_MS: '10000',
  };
}
