/** Statements on tombstones that both engines run. */
import { limits } from '../../platform/limits.ts';
import { integer, pick, reader } from '../columns.ts';
import { Conditions } from '../conditions.ts';
import { tombstoneRow } from '../rows.ts';
import { statement } from '../statement.ts';
import type { DeletedKeyQuery } from '../store.ts';
import { tombstones } from '../tables.ts';

export const newTombstone = pick(
  tombstones,
  'digest',
  'id',
  'deletedAt',
  'kind',
  'accountId',
  'name',
  'hint',
);
export const deletedKeyRow = reader(tombstones);

const { digest, deletedAt } = tombstones;
const accountId = integer();

export const tombstoneSql = {
  ofKey: statement(
    { digest },
    "SELECT * FROM tombstones WHERE digest = :digest AND kind = 'key'",
    tombstoneRow,
  ),
  ofOwner: statement(
    { accountId },
    "SELECT * FROM tombstones WHERE account_id = :accountId AND kind <> 'account'",
    tombstoneRow,
  ),
  ofAccount: statement(
    { accountId },
    `SELECT * FROM tombstones WHERE account_id = :accountId AND kind <> 'access_token' AND deleted_at >=
      (SELECT deleted_at FROM tombstones WHERE account_id = :accountId AND kind = 'account' AND key_id = :accountId)`,
    tombstoneRow,
  ),
  byTime: statement(
    { deletedAt, digest, limit: integer() },
    `SELECT * FROM tombstones WHERE (deleted_at, digest) > (:deletedAt, :digest)
      ORDER BY deleted_at, digest LIMIT :limit`,
    tombstoneRow,
  ),
} as const;

export function deletedKeyConditions(query: DeletedKeyQuery): Conditions {
  const { accountId, belowRole, since, attempted } = query;
  const conditions = new Conditions().add("kind = 'key' AND deleted_at >= :since", { since });
  if (attempted) conditions.add('attempts > 0');
  return conditions
    .addGiven('account_id = :accountId', { accountId })
    .addGiven(
      'NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = tombstones.account_id AND role >= :belowRole)',
      { belowRole },
    );
}

export const deletedKeyCount = (conditions: string) =>
  `SELECT count(*) AS total FROM
    (SELECT 1 FROM tombstones WHERE ${conditions} LIMIT ${limits.records_counted_max}) AS counted`;
export const deletedKeyPage = (conditions: string) =>
  `SELECT * FROM tombstones WHERE ${conditions} ORDER BY deleted_at DESC, digest LIMIT :limit OFFSET :offset`;
