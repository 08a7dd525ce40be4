/** Appends to the log of changes that every node follows, and reads its unconfirmed deletions. */
import { systemRandom } from '../../platform/random.ts';
import {
  boolean,
  bytes,
  integer,
  list,
  names,
  omit,
  optional,
  type Row,
  type RowOf,
  reader,
  text,
} from '../columns.ts';
import type { LoggedChange, LogMark } from '../coordination.ts';
import { numberIn, statement } from '../statement.ts';
import type { AccessChange } from '../store.ts';
import { lists, listsOf, unnested } from './bulk.ts';
import type { Queryable } from './connection.ts';

/** Channels of NOTIFY: the sequence of the newest entry, and `incarnation:seq` of an acknowledgement. */
export const changesChannel = 'halley_changes';
export const acksChannel = 'halley_acks';

export interface NewLogEntry {
  readonly change: LoggedChange;
  /** Whether the change deletes the key or the account. */
  readonly deleted?: boolean;
  /** Of a key: its account. */
  readonly accountId?: number;
}

const entryColumns = {
  nonce: text(),
  kind: text<LoggedChange['kind']>(),
  keyId: optional(integer()),
  accountId: optional(integer()),
  digest: optional(bytes()),
  deleted: boolean(),
} as const;
const columns = names(entryColumns);

// The nonces are parameters: a statement that has waited for the row is evaluated again, and would make others.
const append = statement(
  { ...lists(entryColumns), count: integer(), lastNonce: text() },
  `WITH clock AS (
      UPDATE revocation_clock SET seq = seq + :count::bigint, nonce = :lastNonce RETURNING seq
    ), added AS (
      INSERT INTO revocations (seq, last_seq, ${columns})
      SELECT clock.seq - :count::bigint + position, clock.seq, each.nonce, ${names(omit(entryColumns, 'nonce'))}
      FROM clock, ${unnested(entryColumns)}
    )
    SELECT seq, pg_notify('${changesChannel}', seq::text) FROM clock`,
  numberIn('seq'),
);

/**
 * Appends what other nodes must apply. Must be the last statement of the transaction that makes the changes: from here to
 * its commit every other change waits.
 * @returns the sequence of each entry
 */
export async function appendLog(tx: Queryable, entries: readonly NewLogEntry[]): Promise<readonly number[]> {
  if (entries.length === 0) return [];
  const rows = entries.map(logRow);
  const seq = await tx.one(append, {
    ...listsOf(entryColumns, rows),
    count: rows.length,
    lastNonce: rows.at(-1)?.nonce ?? '',
  });
  return entries.map((_, index) => seq - entries.length + 1 + index);
}

function logRow({ change, accountId, deleted = false }: NewLogEntry): RowOf<typeof entryColumns> {
  const { kind } = change;
  const nonce = Buffer.from(systemRandom(16)).toString('hex');
  const row = { nonce, kind, keyId: null, accountId: accountId ?? null, digest: null, deleted };
  if (change.kind === 'key') return { ...row, keyId: change.keyId, digest: change.digest };
  return change.kind === 'account' ? { ...row, accountId: change.accountId } : row;
}

export function loggedChange(row: Row): LoggedChange {
  switch (row.kind) {
    case 'key':
      return { kind: 'key', keyId: row.key_id as number, digest: row.digest as Uint8Array };
    case 'account':
      return { kind: 'account', accountId: row.account_id as number };
    default:
      return { kind: row.kind as 'channels' | 'prices' };
  }
}

export const logMark: (row: Row) => LogMark = reader({ seq: integer(), nonce: text() });

/** An access change and the sequence to wait for, which is the last one of its transaction. */
export interface SequencedChange {
  readonly change: AccessChange;
  readonly seq: number;
}

const sequenced = (row: Row): SequencedChange => ({
  change: loggedChange(row) as AccessChange,
  seq: row.last_seq as number,
});

const unconfirmed = `SELECT last_seq, kind, key_id, account_id, digest FROM revocations
  WHERE deleted AND NOT confirmed AND account_id = :accountId`;

const sql = {
  unconfirmedKeys: statement(
    { accountId: integer(), ids: list(integer()) },
    `${unconfirmed} AND key_id = ANY(:ids::bigint[]) ORDER BY seq`,
    sequenced,
  ),
  unconfirmedAccount: statement({ accountId: integer() }, `${unconfirmed} ORDER BY seq`, sequenced),
} as const;

/** Deletions of these keys of the account that were committed, but perhaps not applied everywhere. */
export function unconfirmedKeys(
  tx: Queryable,
  accountId: number,
  ids: readonly number[],
): Promise<readonly SequencedChange[]> {
  return tx.all(sql.unconfirmedKeys, { accountId, ids });
}

/** Such a deletion of the account, with those of its keys; empty = there is none. */
export async function unconfirmedAccount(
  tx: Queryable,
  accountId: number,
): Promise<readonly SequencedChange[]> {
  const changes = await tx.all(sql.unconfirmedAccount, { accountId });
  return changes.some(({ change }) => change.kind === 'account') ? changes : [];
}
