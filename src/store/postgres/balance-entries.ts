/** Lists balance entries in PostgreSQL. */
import type { BalanceEntry, BalanceEntryQuery } from '../ledger-store.ts';
import { balanceEntryRow } from '../statements/ledger.ts';
import type { Page, PageQuery } from '../store.ts';
import { Conditions } from './conditions.ts';
import type { Queryable } from './connection.ts';
import { isRowId } from './values.ts';

/** As `LedgerStore.listBalanceEntries`. */
export async function listBalanceEntries(
  db: Queryable,
  query: BalanceEntryQuery,
  page: PageQuery,
): Promise<Page<BalanceEntry>> {
  const { accountId, kind, reference, email, from, to } = query;
  if ([accountId, from, to].some((value) => value !== undefined && !isRowId(value))) {
    return { total: 0, items: [] };
  }
  const conditions = new Conditions()
    .add('key_id = 0')
    .addGiven('reference = ?', reference)
    .addGiven('account_id = ?', accountId)
    .addGiven('kind = ?', kind)
    .addGiven('account_id IN (SELECT id FROM accounts WHERE email = ?)', email)
    .addGiven('created_at >= ?', from)
    .addGiven('created_at <= ?', to);
  const { sql, values } = conditions;
  const { total } = await db.one(`SELECT count(*) AS total FROM journal WHERE ${sql}`, ...values);
  const rows = await db.all(
    `SELECT * FROM journal WHERE ${sql} ORDER BY id DESC
      LIMIT $${values.length + 1} OFFSET $${values.length + 2}`,
    ...values,
    page.limit,
    page.offset,
  );
  return { total: Number(total), items: rows.map(balanceEntryRow) };
}
