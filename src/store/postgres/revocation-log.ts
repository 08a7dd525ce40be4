/** The log of changes that every node follows: adding to it, and what of it is not yet confirmed. */
import { systemRandom } from '../../platform/random.ts';
import type { Row } from '../columns.ts';
import type { LoggedChange, LogMark } from '../coordination.ts';
import type { AccessChange } from '../store.ts';
import type { Queryable } from './connection.ts';

/** Channels of NOTIFY: the place of the newest entry, and `incarnation:seq` of an acknowledgement. */
export const changesChannel = 'halley_changes';
export const acksChannel = 'halley_acks';

export interface NewLogEntry {
  readonly change: LoggedChange;
  /** Whether the key or the account is gone by it. */
  readonly deleted?: boolean;
  /** Of a key: whose it is. */
  readonly accountId?: number;
}

// The nonces come from outside: a statement that has waited for the row is worked out again, and would make others.
const append = `WITH clock AS (
    UPDATE revocation_clock SET seq = seq + cardinality($1::text[]), nonce = $2 RETURNING seq
  ), added AS (
    INSERT INTO revocations (seq, last_seq, nonce, kind, key_id, account_id, digest, deleted)
    SELECT clock.seq - cardinality($1::text[]) + place, clock.seq, each.nonce, kind, key_id, account_id, digest, deleted
    FROM clock, unnest($1::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[], $7::boolean[])
      WITH ORDINALITY AS each (nonce, kind, key_id, account_id, digest, deleted, place)
  )
  SELECT seq, pg_notify('${changesChannel}', seq::text) FROM clock`;

/**
 * Writes what other nodes must carry out. Must be the last statement of the transaction that makes the changes:
 * from here to its commit every other change waits.
 * @returns the place of each entry
 */
export async function appendLog(tx: Queryable, entries: readonly NewLogEntry[]): Promise<readonly number[]> {
  if (entries.length === 0) return [];
  const nonces = entries.map(() => Buffer.from(systemRandom(16)).toString('hex'));
  const { seq } = await tx.one(
    append,
    nonces,
    nonces.at(-1) ?? '',
    entries.map(({ change }) => change.kind),
    entries.map(({ change }) => (change.kind === 'key' ? change.keyId : null)),
    entries.map(({ change, accountId }) =>
      change.kind === 'account' ? change.accountId : (accountId ?? null),
    ),
    entries.map(({ change }) => (change.kind === 'key' ? change.digest : null)),
    entries.map(({ deleted = false }) => deleted),
  );
  return entries.map((_, at) => Number(seq) - entries.length + 1 + at);
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

export function logMark(row: Row): LogMark {
  return { seq: row.seq as number, nonce: row.nonce as string };
}

/** A change of rights and the place in the log to wait for, which is the last one of its transaction. */
export interface PlacedChange {
  readonly change: AccessChange;
  readonly seq: number;
}

const unconfirmed =
  'SELECT last_seq, kind, key_id, account_id, digest FROM revocations WHERE deleted AND NOT confirmed';

/** Deletions of these keys of the account that were committed, but perhaps not carried out everywhere. */
export async function unconfirmedKeys(
  tx: Queryable,
  accountId: number,
  ids: readonly number[],
): Promise<readonly PlacedChange[]> {
  const rows = await tx.all(
    `${unconfirmed} AND account_id = $1 AND key_id = ANY($2::bigint[]) ORDER BY seq`,
    accountId,
    ids,
  );
  return rows.map(placed);
}

/** Such a deletion of the account, with those of its keys; empty = there is none. */
export async function unconfirmedAccount(tx: Queryable, accountId: number): Promise<readonly PlacedChange[]> {
  const rows = await tx.all(`${unconfirmed} AND account_id = $1 ORDER BY seq`, accountId);
  return rows.some(({ kind }) => kind === 'account') ? rows.map(placed) : [];
}

function placed(row: Row): PlacedChange {
  return { change: loggedChange(row) as AccessChange, seq: row.last_seq as number };
}
