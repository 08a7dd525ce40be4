/** Removes expired records and request contents, in PostgreSQL. */
import { recordTypes } from '../../domain/accounting/terms.ts';
import type { Queryable } from './connection.ts';

const sql = {
  // What another node removes at the same time it neither waits for nor counts.
  removeRecords: `WITH old AS MATERIALIZED (
      SELECT id FROM records WHERE created_at < $1 ORDER BY created_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM records USING old WHERE records.id = old.id
      RETURNING account_id, key_id, type = ${recordTypes.consume} AS consumed, units, drawn, created_at
    ), kept AS (
      INSERT INTO removed_records AS r (account_id, key_id, requests, units, key_drawn, account_drawn, newest_at)
      SELECT account_id, key_id, count(*) FILTER (WHERE consumed),
        coalesce(sum(units) FILTER (WHERE consumed), 0),
        coalesce(sum(units) FILTER (WHERE consumed AND drawn & 1 <> 0), 0),
        coalesce(sum(units) FILTER (WHERE consumed AND drawn & 2 <> 0), 0), max(created_at)
      FROM gone GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT (account_id, key_id) DO UPDATE SET
        requests = r.requests + excluded.requests, units = r.units + excluded.units,
        key_drawn = r.key_drawn + excluded.key_drawn, account_drawn = r.account_drawn + excluded.account_drawn,
        newest_at = greatest(r.newest_at, excluded.newest_at)
    )
    SELECT count(*) AS removed FROM gone`,
  content: 'SELECT sealed FROM contents WHERE request_id = $1 AND expires_at > $2',
  removeContents: `DELETE FROM contents WHERE request_id IN
    (SELECT request_id FROM contents WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
} as const;

/** As `LedgerStore.deleteRecordsBefore`. */
export async function deleteRecordsBefore(db: Queryable, seconds: number, limit: number): Promise<number> {
  return Number((await db.one(sql.removeRecords, seconds, limit)).removed);
}

/** As `LedgerStore.getContent`. @param requestId that PostgreSQL can hold */
export async function getContent(
  db: Queryable,
  requestId: string,
  nowSeconds: number,
): Promise<Uint8Array | undefined> {
  return (await db.get(sql.content, requestId, nowSeconds))?.sealed as Uint8Array | undefined;
}

/** As `LedgerStore.deleteExpiredContents`. */
export function deleteExpiredContents(db: Queryable, nowSeconds: number, limit: number): Promise<number> {
  return db.run(sql.removeContents, nowSeconds, limit);
}
