/** Messages between the bench and its seeding process. */
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';

export interface SeedOrder {
  /** The directory of a gateway that was started once and stopped. */
  readonly dataDir: string;
  readonly accounts: number;
  readonly keysPerAccount: number;
  /** Keys of one more account; 0 means no such account. */
  readonly wideKeys: number;
}

export interface Seeded {
  /** A file with the values of keys from all over the database, one on each line. */
  readonly valuesFile: string;
  /** A file with every account's access token, one on each line. */
  readonly tokensFile: string;
  readonly firstAccountId: number;
  /** The id of the first key. Ids are consecutive, account by account. */
  readonly firstKeyId: number;
  readonly wideId: number;
}

/** The server secret (`HALLEY_SERVER_SECRET`) with which the gateway can read the seeded values. */
export const seedSecret = 'be'.repeat(32);

/** Returns the access token of a seeded account. */
export const seedToken = (accountId: number) => `bench-access-token-of-account-${accountId}`;

export async function seed(order: SeedOrder): Promise<Seeded> {
  const child = new Child('seed.ts', [fileURLToPath(new URL('seed.ts', import.meta.url))], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.process.send(order);
  // Only seed.ts sends messages here, always of this type.
  return (await child.firstMessage(10 * 60_000)) as Seeded;
}
