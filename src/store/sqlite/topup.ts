/** Tops up the quota of an account, in SQLite. */

import { limits } from '../../platform/limits.ts';
import { integer } from '../columns.ts';
import type { BalanceEntry, NewTopup, TopupRefusal } from '../ledger-store.ts';
import { emptyDetail } from '../record-detail.ts';
import { statement } from '../statement.ts';
import { entrySql, topupAccount, topupSql } from '../statements/ledger.ts';
import { addEntry } from './balance-entry.ts';
import type { Connection } from './connection.ts';

const findAccount = statement(
  { id: integer() },
  'SELECT username, quota FROM accounts WHERE id = :id',
  topupAccount,
);

/** The entry, and the account as it was before. */
export interface AddedTopup {
  readonly entry: BalanceEntry;
  readonly username: string;
  readonly quota: number;
}

/** As `AccessWrites.topUp`. Part of a transaction. */
export function topUp(connection: Connection, topup: NewTopup): AddedTopup | TopupRefusal {
  const { accountId, units, reason, actorId, reference, createdAt, requestId } = topup;
  const account = connection.get(findAccount, { id: accountId });
  if (!account) return 'no_account';
  if (reference !== null && connection.get(entrySql.byReference, { reference })) return 'reference_taken';
  // Checked here, where no other top-up can intervene.
  if (Math.abs(account.quota + units) > limits.quota_units_max) return 'beyond_limit';
  connection.run(topupSql.raise, { id: accountId, units });
  const detail = { ...emptyDetail, username: account.username, content: reason };
  connection.run(topupSql.record, { requestId, createdAt, accountId, units, detail });
  const entry = { kind: 'topup', units, reason, actorId, reference, createdAt } as const;
  const added = addEntry(connection, [{ kind: 'account', id: accountId }], entry);
  if (!added) throw new Error('a top-up of nothing');
  return { entry: added, ...account };
}
