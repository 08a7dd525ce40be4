/**
 * Statements on what comes from other gateways, which both engines run: digests of key values, and usage from before the
 * import. That usage has no records. It stands where the sums of removed records stand, and in the totals of the hour 0.
 */
import { bytes, type Columns, integer, names } from '../columns.ts';
import { statement } from '../statement.ts';
import { importedDigests } from '../tables.ts';
import { hourly, removedRecords, usageQuarters } from '../usage-tables.ts';

const carried = { accountId: integer(), keyId: integer(), requests: integer(), units: integer() } as const;

/** Adds to a row of sums; where there is none, every other number of it is 0 and every text empty. */
function carryInto(table: string, columns: Columns, key: string) {
  const given = Object.entries(columns).map(([member, { kind }]) =>
    Object.hasOwn(carried, member) ? `:${member}` : kind === 'text' ? "''" : '0',
  );
  return statement(
    carried,
    `INSERT INTO ${table} (${names(columns)}) VALUES (${given.join(', ')}) ON CONFLICT (${key}) DO UPDATE SET
      requests = ${table}.requests + excluded.requests, units = ${table}.units + excluded.units`,
  );
}

export const importSql = {
  noteDigest: statement(
    importedDigests,
    'INSERT INTO imported_digests (digest) VALUES (:digest) ON CONFLICT DO NOTHING',
  ),
  digestsAfter: statement(
    { after: bytes(), limit: integer() },
    'SELECT digest FROM imported_digests WHERE digest > :after ORDER BY digest LIMIT :limit',
    (row) => importedDigests.digest.decode(row.digest),
  ),
  carry: [
    carryInto('removed_records', removedRecords, 'account_id, key_id'),
    carryInto('hourly', hourly, 'account_id, hour, key_id, model'),
    carryInto('usage_quarters', usageQuarters, 'quarter, account_id, key_id, model, channel_id, group_name'),
  ],
  carryToKey: statement(
    { keyId: integer(), units: integer() },
    'UPDATE keys SET used_quota = used_quota + :units WHERE id = :keyId',
  ),
  carryToAccount: statement(
    { accountId: integer(), units: integer(), requests: integer() },
    `UPDATE accounts SET used_quota = used_quota + :units, request_count = request_count + :requests
      WHERE id = :accountId`,
  ),
} as const;
