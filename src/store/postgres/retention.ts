/** Removes expired records and request contents, in PostgreSQL. */
import { recordTypes } from '../../domain/accounting/terms.ts';
import { integer } from '../columns.ts';
import { numberIn, statement } from '../statement.ts';
import { contentSql } from '../statements/ledger.ts';
import type { Queryable } from './connection.ts';

const sql = {
  // Rows that another node is removing are skipped: neither waited for nor counted.
  removeRecords: statement(
    { before: integer(), limit: integer() },
    `WITH old AS MATERIALIZED (
      SELECT id FROM records WHERE created_at < :before ORDER BY created_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
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
    numberIn('removed'),
  ),
  removeContents: statement(
    { now: integer(), limit: integer() },
    `DELETE FROM contents WHERE request_id IN
      (SELECT request_id FROM contents WHERE expires_at <= :now LIMIT :limit FOR UPDATE SKIP LOCKED)`,
  ),
} as const;

/** As `LedgerStore.deleteRecordsBefore`. */
export function deleteRecordsBefore(db: Queryable, before: number, limit: number): Promise<number> {
  return db.one(sql.removeRecords, { before, limit });
}

/** As `LedgerStore.getContent`. @param requestId that PostgreSQL can hold */
export function getContent(db: Queryable, requestId: string, now: number): Promise<Uint8Array | undefined> {
  return db.get(contentSql.sealed, { requestId, now });
}

/** As `LedgerStore.deleteExpiredContents`. */
export function deleteExpiredContents(db: Queryable, now: number, limit: number): Promise<number> {
  return db.run(sql.removeContents, { now, limit });
}
