/** Creates the root account in an empty store at the first start. */
import { gatewayOrigin } from '../domain/audit.ts';
import { digestOf } from '../domain/digest.ts';
import type { Clock } from '../platform/clock.ts';
import type { RandomBytes } from '../platform/random.ts';
import { roles, type StoreBase } from '../store/store.ts';
import { makeAccessToken } from './access-tokens.ts';
import { noPassword, type Passwords } from './passwords.ts';

export interface BootstrapOptions {
  readonly store: Pick<StoreBase, 'countAccounts' | 'by'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly passwords: Passwords;
  /** The setting `bootstrap_token`. */
  readonly bootstrapToken: string | undefined;
}

/** Secrets that the operator sees once. Halley stores only their digests. */
export interface FirstSecrets {
  readonly username: string;
  readonly password: string;
  readonly accessToken: string;
}

/**
 * Creates root when the store has no accounts. With `bootstrapToken`, that token is root's access token, and
 * nothing must be shown. Root then has no password until it sets one (`PUT /api/user/self`).
 * @returns whether root was created, and the secrets to show to the operator
 */
export async function bootstrap(
  options: BootstrapOptions,
): Promise<{ readonly created: boolean; readonly secrets: FirstSecrets | undefined }> {
  const { store, clock, random, passwords, bootstrapToken } = options;
  if ((await store.countAccounts()) > 0) return { created: false, secrets: undefined };
  const username = 'root';
  const accessToken = bootstrapToken ?? makeAccessToken(random);
  const password = Buffer.from(random(18)).toString('base64url');
  const root = await store.by(gatewayOrigin).insertAccount({
    username,
    displayName: 'Root',
    email: '',
    role: roles.root,
    state: 'enabled',
    group: 'default',
    quota: 0,
    unlimitedQuota: true,
    passwordHash: bootstrapToken === undefined ? await passwords.hash(password) : noPassword,
    accessTokenDigest: digestOf(accessToken),
    budget: null,
    createdAt: Math.floor(clock.now() / 1000),
  });
  if (root === 'username_taken') return { created: false, secrets: undefined };
  const secrets = bootstrapToken === undefined ? { username, password, accessToken } : undefined;
  return { created: true, secrets };
}
