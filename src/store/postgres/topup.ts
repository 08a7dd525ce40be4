/** Tops up the quota of an account, in PostgreSQL. */

import { limits } from '../../platform/limits.ts';
import { integer } from '../columns.ts';
import type { BalanceEntry, NewTopup, TopupRefusal } from '../ledger-store.ts';
import { emptyDetail } from '../record-detail.ts';
import { statement } from '../statement.ts';
import { entrySql, topupAccount, topupSql } from '../statements/ledger.ts';
import { addEntry } from './balance-entry.ts';
import type { Queryable } from './connection.ts';
import { storable } from './storable.ts';

const lockAccount = statement(
  { id: integer() },
  'SELECT username, quota FROM accounts WHERE id = :id FOR NO KEY UPDATE',
  topupAccount,
);

/** The entry, and the account as it was before. */
export interface AddedTopup {
  readonly entry: BalanceEntry;
  readonly username: string;
  readonly quota: number;
}

/** As `AccessWrites.topUp`. Part of a transaction; a refusal has changed nothing. */
export async function topUp(tx: Queryable, topup: NewTopup): Promise<AddedTopup | TopupRefusal> {
  const { accountId, units, actorId, createdAt, requestId } = topup;
  const reason = storable(topup.reason);
  const reference = topup.reference === null ? null : storable(topup.reference);
  const account = await tx.get(lockAccount, { id: accountId });
  if (!account) return 'no_account';
  if (reference !== null && (await tx.get(entrySql.byReference, { reference }))) return 'reference_taken';
  // Checked here, where no other top-up can intervene.
  if (Math.abs(account.quota + units) > limits.quota_units_max) return 'beyond_limit';
  const entry = { kind: 'topup', units, reason, actorId, reference, createdAt } as const;
  const added = await addEntry(tx, [{ kind: 'account', id: accountId }], entry);
  // Another top-up took the reference at the same time.
  if (!added) return 'reference_taken';
  await tx.run(topupSql.raise, { id: accountId, units });
  const detail = { ...emptyDetail, username: account.username, content: reason };
  await tx.run(topupSql.record, { requestId, createdAt, accountId, units, detail });
  return { entry: added, ...account };
}
