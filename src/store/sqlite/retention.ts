/** Removes expired records and request contents, in SQLite. */
import { recordTypes } from '../../domain/accounting/terms.ts';
import { integer } from '../columns.ts';
import { statement } from '../statement.ts';
import { contentSql } from '../statements/ledger.ts';
import type { Connection } from './connection.ts';

const oldest = `FROM records INDEXED BY records_by_time WHERE created_at < :before
  ORDER BY created_at, id LIMIT :limit`;
const limited = { before: integer(), limit: integer() } as const;
const consumed = `type = ${recordTypes.consume}`;

export const retentionSql = {
  keepSums: statement(
    limited,
    `INSERT INTO removed_records (account_id, key_id, requests, units, key_drawn, account_drawn, newest_at)
    SELECT account_id, key_id, sum(${consumed}), sum(units * (${consumed})),
      sum(units * (${consumed} AND drawn & 1 <> 0)), sum(units * (${consumed} AND drawn & 2 <> 0)), max(created_at)
    FROM (SELECT account_id, key_id, type, units, drawn, created_at ${oldest})
    GROUP BY account_id, key_id
    ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, units = units + excluded.units,
      key_drawn = key_drawn + excluded.key_drawn, account_drawn = account_drawn + excluded.account_drawn,
      newest_at = max(newest_at, excluded.newest_at)`,
  ),
  removeRecords: statement(limited, `DELETE FROM records WHERE id IN (SELECT id ${oldest})`),
  removeContents: statement(
    { now: integer(), limit: integer() },
    `DELETE FROM contents WHERE rowid IN
      (SELECT rowid FROM contents INDEXED BY contents_by_expiry WHERE expires_at <= :now LIMIT :limit)`,
  ),
} as const;

/** As `LedgerStore.deleteRecordsBefore`. Part of a transaction. */
export function deleteRecordsBefore(connection: Connection, before: number, limit: number): number {
  connection.run(retentionSql.keepSums, { before, limit });
  return connection.run(retentionSql.removeRecords, { before, limit });
}

/** As `LedgerStore.getContent`. */
export function getContent(connection: Connection, requestId: string, now: number): Uint8Array | undefined {
  return connection.get(contentSql.sealed, { requestId, now });
}

/** As `LedgerStore.deleteExpiredContents`. Part of a transaction. */
export function deleteExpiredContents(connection: Connection, now: number, limit: number): number {
  return connection.run(retentionSql.removeContents, { now, limit });
}
