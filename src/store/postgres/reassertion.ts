/** Reasserts to a database that has lost commits the deletions that a node remembers. */
import type { LogEntry, LogMark } from '../coordination.ts';
import { deleteAccount } from './accounts.ts';
import type { Queryable } from './connection.ts';
import { deleteKeys } from './keys.ts';
import { appendLog, logMark, type NewLogEntry } from './revocation-log.ts';

const sql = {
  lockClock: 'SELECT seq FROM revocation_clock FOR UPDATE',
  head: 'SELECT seq, nonce FROM revocation_clock',
  moveClock: 'UPDATE revocation_clock SET seq = $1',
  insertTombstones: `INSERT INTO tombstones (digest, key_id, deleted_at)
    SELECT digest, key_id, $3 FROM unnest($1::bytea[], $2::bigint[]) AS lost (digest, key_id) ON CONFLICT DO NOTHING`,
  resurrected: 'SELECT id, account_id FROM keys WHERE digest = ANY($1::bytea[]) ORDER BY account_id, id',
} as const;

/**
 * Deletes what was resurrected, and goes on in the log above `seq`. Where that leaves a gap, every node sees
 * that the log is not the one it knew.
 * @returns the head of the log with that
 */
export async function reassertDeletions(
  tx: Queryable,
  deletions: readonly LogEntry[],
  seq: number,
  deletedAt: number,
): Promise<LogMark> {
  const clock = Number((await tx.one(sql.lockClock)).seq);
  const keys = deletions.flatMap(({ change }) => (change.kind === 'key' ? [change] : []));
  const digests = keys.map(({ digest }) => digest);
  const ids = keys.map(({ keyId }) => keyId);
  await tx.run(sql.insertTombstones, digests, ids, deletedAt);
  const owners = new Map<number, number>();
  for (const { id, account_id: owner } of await tx.all(sql.resurrected, digests)) {
    owners.set(id as number, owner as number);
  }
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
  if (isBehind) await tx.run(sql.moveClock, seq);
  // The newest place in the log must have an entry; this one asks for nothing but a look at the channels.
  if (isBehind && entries.length === 0) entries.push({ change: { kind: 'channels' } });
  await appendLog(tx, entries);
  return logMark(await tx.one(sql.head));
}
