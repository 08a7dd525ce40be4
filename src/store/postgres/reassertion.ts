/** Reasserts, in a database that has lost commits, the deletions that a node remembers. */
import { integer, list, pick, reader } from '../columns.ts';
import type { LogEntry, LogMark } from '../coordination.ts';
import { numberIn, statement } from '../statement.ts';
import { keys, tombstones } from '../tables.ts';
import { deleteAccount } from './accounts.ts';
import { lists, listsOf, unnested } from './bulk.ts';
import type { Queryable } from './connection.ts';
import { deleteKeys } from './keys.ts';
import { appendLog, logMark, type NewLogEntry } from './revocation-log.ts';

const lost = pick(tombstones, 'digest', 'id');

const sql = {
  lockClock: statement({}, 'SELECT seq FROM revocation_clock FOR UPDATE', numberIn('seq')),
  head: statement({}, 'SELECT seq, nonce FROM revocation_clock', logMark),
  moveClock: statement({ seq: integer() }, 'UPDATE revocation_clock SET seq = :seq'),
  insertTombstones: statement(
    { ...lists(lost), deletedAt: integer() },
    `INSERT INTO tombstones (digest, key_id, deleted_at) SELECT digest, key_id, :deletedAt FROM ${unnested(lost)}
      ON CONFLICT DO NOTHING`,
  ),
  resurrected: statement(
    { digests: list(keys.digest) },
    'SELECT id, account_id FROM keys WHERE digest = ANY(:digests::bytea[]) ORDER BY account_id, id',
    reader(pick(keys, 'id', 'accountId')),
  ),
} as const;

/**
 * Deletes resurrected keys and accounts, and continues the log above `seq`. A gap shows every node that the log is not
 * the one it knew.
 * @returns the new head of the log
 */
export async function reassertDeletions(
  tx: Queryable,
  deletions: readonly LogEntry[],
  seq: number,
  deletedAt: number,
): Promise<LogMark> {
  const clock = await tx.one(sql.lockClock);
  const gone = deletions.flatMap(({ change }) =>
    change.kind === 'key' ? [{ digest: change.digest, id: change.keyId }] : [],
  );
  await tx.run(sql.insertTombstones, { ...listsOf(lost, gone), deletedAt });
  const digests = gone.map(({ digest }) => digest);
  const found = await tx.all(sql.resurrected, { digests });
  const owners = new Map(found.map(({ id, accountId }) => [id, accountId]));
  for (const [owner, resurrected] of Map.groupBy(owners.keys(), (id) => owners.get(id) ?? 0)) {
    await deleteKeys(tx, owner, resurrected, deletedAt);
  }
  const entries: NewLogEntry[] = deletions.map(({ change }) => {
    const owner = change.kind === 'key' ? owners.get(change.keyId) : undefined;
    return { change, deleted: true, ...(owner === undefined ? {} : { accountId: owner }) };
  });
  for (const { change } of deletions) {
    if (change.kind !== 'account') continue;
    for (const key of await deleteKeys(tx, change.accountId, undefined, deletedAt)) {
      const again = { kind: 'key', keyId: key.id, digest: key.digest } as const;
      entries.push({ change: again, deleted: true, accountId: change.accountId });
    }
    await deleteAccount(tx, change.accountId, deletedAt);
  }
  const isBehind = clock < seq;
  if (isBehind) await tx.run(sql.moveClock, { seq });
  // The newest sequence of the log must have an entry; this one only makes nodes read the channels again.
  if (isBehind && entries.length === 0) entries.push({ change: { kind: 'channels' } });
  await appendLog(tx, entries);
  return tx.one(sql.head);
}
