/** Lists balance entries in PostgreSQL. */

import { Conditions } from '../conditions.ts';
import type { BalanceEntry, BalanceEntryQuery } from '../ledger-store.ts';
import { composed, numberIn } from '../statement.ts';
import { balanceEntryRow } from '../statements/ledger.ts';
import type { Page, PageQuery } from '../store.ts';
import type { Queryable } from './connection.ts';
import { storableOf } from './storable.ts';
import { isRowId } from './values.ts';

/** As `LedgerStore.listBalanceEntries`. */
export async function listBalanceEntries(
  db: Queryable,
  query: BalanceEntryQuery,
  { limit, offset }: PageQuery,
): Promise<Page<BalanceEntry>> {
  const { accountId, kind, reference, email, from, to } = query;
  if ([accountId, from, to].some((value) => value !== undefined && !isRowId(value))) {
    return { total: 0, items: [] };
  }
  const { text, parameters } = new Conditions()
    .add('key_id = 0')
    .addGiven('reference = :reference', { reference: storableOf(reference) })
    .addGiven('account_id = :accountId', { accountId })
    .addGiven('kind = :kind', { kind })
    .addGiven('account_id IN (SELECT id FROM accounts WHERE email = :email)', { email: storableOf(email) })
    .addGiven('created_at >= :from', { from })
    .addGiven('created_at <= :to', { to });
  const total = await db.one(
    composed(`SELECT count(*) AS total FROM journal WHERE ${text}`, numberIn('total')),
    parameters,
  );
  const items = await db.all(
    composed(
      `SELECT * FROM journal WHERE ${text} ORDER BY id DESC LIMIT :limit OFFSET :offset`,
      balanceEntryRow,
    ),
    { ...parameters, limit, offset },
  );
  return { total, items };
}
