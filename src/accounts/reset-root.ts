/** Replaces a lost password or access token of root. */
import type { Origin } from '../domain/audit.ts';
import { digestOf } from '../domain/digest.ts';
import type { Tombstone } from '../domain/tombstone.ts';
import { HalleyError } from '../platform/errors.ts';
import type { RandomBytes } from '../platform/random.ts';
import { type AccountRow, roles, type Store } from '../store/store.ts';
import { makeAccessToken } from './access-tokens.ts';
import type { Passwords } from './passwords.ts';

export interface ResetOptions {
  readonly store: Pick<Store, 'listAccounts' | 'by'>;
  /** Who runs the command. */
  readonly origin: Origin;
  readonly passwords: Pick<Passwords, 'hash'>;
  readonly random: RandomBytes;
  readonly token: boolean;
  /** `made` means that Halley generates it. */
  readonly password: 'made' | { readonly chosen: string } | undefined;
}

/** Secrets that the operator sees once. Halley stores only their digests. */
export interface ResetSecrets {
  readonly username: string;
  readonly token: string | undefined;
  readonly password: string | undefined;
  /** The tombstone of the replaced access token. */
  readonly tombstone: Tombstone | undefined;
}

/**
 * Sets a new password, which ends the sessions of root, or a new access token, which revokes the previous one.
 * @throws HalleyError('no_such_record') when the database has no root
 */
export async function resetRoot(options: ResetOptions): Promise<ResetSecrets> {
  const { store, origin, passwords, random } = options;
  const root = await findRoot(store);
  const token = options.token ? makeAccessToken(random) : undefined;
  const password =
    options.password === 'made' ? Buffer.from(random(18)).toString('base64url') : options.password?.chosen;
  let tombstone: Tombstone | undefined;
  const changed = await store.by(origin).updateAccount(
    root.id,
    {
      ...(token !== undefined && { accessTokenDigest: digestOf(token) }),
      ...(password !== undefined && { passwordHash: await passwords.hash(password) }),
    },
    0,
    (changes) => {
      tombstone = changes.find((change) => change.tombstone)?.tombstone;
    },
  );
  if (typeof changed !== 'object') throw noRoot();
  return { username: root.username, token, password, tombstone };
}

const pageRows = 100;

/** Finds root by role, since its user name may have changed. */
async function findRoot(store: Pick<Store, 'listAccounts'>): Promise<AccountRow> {
  for (let offset = 0; ; offset += pageRows) {
    const { items } = await store.listAccounts({}, { offset, limit: pageRows });
    const root = items.find(({ role }) => role === roles.root);
    if (root) return root;
    if (items.length < pageRows) throw noRoot();
  }
}

function noRoot(): HalleyError {
  return new HalleyError('no_such_record', {
    message: 'The database has no root account. Start the gateway once to create it.',
  });
}
