/** What the seeding process is asked for and what it answers. */
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';

export interface SeedOrder {
  /** Of a gateway that was started once and stopped. */
  readonly dataDir: string;
  readonly accounts: number;
  readonly keysPerAccount: number;
  /** Keys of one more account; 0 = no such account. */
  readonly wideKeys: number;
}

export interface Seeded {
  /** Values of keys from all over the database, one a line. */
  readonly valuesFile: string;
  /** Every account's access token, one a line. */
  readonly tokensFile: string;
  readonly firstAccountId: number;
  /** Keys are numbered from here, account by account. */
  readonly firstKeyId: number;
  readonly wideId: number;
}

/** The server secret that the gateway must be given (`HALLEY_SERVER_SECRET`) to read what was seeded. */
export const seedSecret = 'be'.repeat(32);

/** The access token of an account that was seeded. */
export const seedToken = (accountId: number) => `bench-access-token-of-account-${accountId}`;

export async function seed(order: SeedOrder): Promise<Seeded> {
  const child = new Child('seed.ts', [fileURLToPath(new URL('seed.ts', import.meta.url))], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.process.send(order);
  // Only seed.ts sends here, and it sends one of these.
  return (await child.firstMessage(10 * 60_000)) as Seeded;
}
