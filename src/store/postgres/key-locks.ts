/** Takes the locks of a transaction that creates and deletes keys of any accounts, and reads what it locks. */
import type { Tombstone } from '../../domain/tombstone.ts';
import { bytes, integer, list, names, namesIn, pick, reader, text } from '../columns.ts';
import { deletedKeyColumns, keyTombstone } from '../rows.ts';
import { numberIn, statement } from '../statement.ts';
import type { Credential } from '../store.ts';
import { keys } from '../tables.ts';
import { lists, listsOf, unnested } from './bulk.ts';
import type { Queryable } from './connection.ts';

const chosen = pick(keys, 'accountId', 'id');
const shown = { accountId: integer(), kind: text<Credential['kind']>(), digest: bytes() } as const;
const found = { ...deletedKeyColumns, accountId: keys.accountId } as const;

const sql = {
  accounts: statement(
    { ids: list(integer()) },
    'SELECT id, key_count FROM accounts WHERE id = ANY(:ids::bigint[]) ORDER BY id FOR UPDATE',
    reader({ id: integer(), count: integer('key_count') }),
  ),
  keys: statement(
    lists(chosen),
    `SELECT ${namesIn(found, 'k')} FROM ${unnested(chosen)} JOIN keys AS k USING (${names(chosen)})
      ORDER BY k.id FOR UPDATE OF k`,
    reader(found),
  ),
  // As `credentialSql`, for many.
  holding: statement(
    lists(shown),
    `SELECT position FROM ${unnested(shown)} JOIN accounts AS a ON a.id = each.account_id
      WHERE a.state = 'enabled' AND CASE each.kind
        WHEN 'token' THEN a.access_token_digest = each.digest
        WHEN 'session' THEN
          EXISTS (SELECT 1 FROM sessions AS s WHERE s.account_id = a.id AND s.digest = each.digest)
        WHEN 'setup' THEN
          EXISTS (SELECT 1 FROM setup_codes AS s WHERE s.account_id = a.id AND s.digest = each.digest)
      END`,
    numberIn('position'),
  ),
} as const;

/** A key of an account. */
export interface ChosenKey {
  readonly accountId: number;
  readonly id: number;
}

/** A credential that a caller has shown for its account. */
export interface ShownCredential extends Credential {
  readonly accountId: number;
}

/** What is locked until the transaction ends. */
export interface Locked {
  /** Number of keys of each account that exists. */
  readonly counts: Map<number, number>;
  /** Of the chosen keys that exist, by id. */
  readonly tombstones: ReadonlyMap<number, Tombstone>;
  /** The credentials that authenticate their accounts now. */
  readonly holding: ReadonlySet<ShownCredential>;
}

/** Sends all of its statements before it waits for any. @param deletedAt of the tombstones */
export async function lockKeys(
  tx: Queryable,
  accountIds: readonly number[],
  chosenKeys: readonly ChosenKey[],
  credentials: readonly ShownCredential[],
  deletedAt: number,
): Promise<Locked> {
  const [accounts, rows, positions] = await Promise.all([
    tx.all(sql.accounts, { ids: accountIds }),
    chosenKeys.length > 0 ? tx.all(sql.keys, listsOf(chosen, chosenKeys)) : [],
    credentials.length > 0 ? tx.all(sql.holding, listsOf(shown, credentials)) : [],
  ]);
  const positionSet = new Set(positions);
  return {
    counts: new Map(accounts.map(({ id, count }) => [id, count])),
    tombstones: new Map(
      rows.map(({ accountId, ...key }) => [key.id, keyTombstone(key, accountId, deletedAt)]),
    ),
    holding: new Set(credentials.filter((_, index) => positionSet.has(index + 1))),
  };
}
