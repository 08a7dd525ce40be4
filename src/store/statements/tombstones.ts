/** Statements on tombstones that both engines run. */
import { integer, pick, reader } from '../columns.ts';
import { tombstoneRow } from '../rows.ts';
import { statement } from '../statement.ts';
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
