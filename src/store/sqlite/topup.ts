/** Adding to an account's quota, in SQLite. */

import { recordTypes } from '../../domain/accounting/terms.ts';
import { limits } from '../../platform/limits.ts';
import type { BalanceEntry, NewTopup, TopupRefusal } from '../ledger-store.ts';
import { emptyDetail, encodeDetail } from '../record-detail.ts';
import { addEntry } from './balance-entry.ts';
import type { Connection } from './connection.ts';

const sql = {
  account: 'SELECT username, quota FROM accounts WHERE id = ?',
  reference: 'SELECT 1 FROM journal WHERE reference = ?',
  raise: 'UPDATE accounts SET quota = quota + ? WHERE id = ?',
  record: `INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
    VALUES (?, ${recordTypes.topup}, ?, ?, 0, '', ?, 0, ?)`,
} as const;

/** As `AccessWrites.topUp`. Part of a transaction. */
export function topUp(connection: Connection, topup: NewTopup): BalanceEntry | TopupRefusal {
  const { accountId, units, reason, actorId, reference, createdAt, requestId } = topup;
  const account = connection.get(sql.account, accountId);
  if (!account) return 'no_account';
  if (reference !== null && connection.get(sql.reference, reference)) return 'reference_taken';
  // Checked here, where no other top-up comes between.
  if (Math.abs(Number(account.quota) + units) > limits.quota_units_max) return 'beyond_limit';
  connection.run(sql.raise, units, accountId);
  const detail = encodeDetail({ ...emptyDetail, username: String(account.username), content: reason });
  connection.run(sql.record, requestId, createdAt, accountId, units, detail);
  const entry = { accountId, keyId: 0, kind: 'topup', units, reason, actorId, reference, createdAt } as const;
  const added = addEntry(connection, entry);
  if (!added) throw new Error('a top-up of nothing');
  return added;
}
