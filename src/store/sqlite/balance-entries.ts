/** Lists balance entries in SQLite. */

import { Conditions } from '../conditions.ts';
import type { BalanceEntry, BalanceEntryQuery } from '../ledger-store.ts';
import { composed, numberIn, type Parameters } from '../statement.ts';
import { balanceEntryRow, entrySql } from '../statements/ledger.ts';
import type { Page, PageQuery } from '../store.ts';
import type { Connection } from './connection.ts';

/** As `LedgerStore.listBalanceEntries`. */
export function listBalanceEntries(
  connection: Connection,
  query: BalanceEntryQuery,
  page: PageQuery,
): Page<BalanceEntry> {
  const { source, parameters } = journalSource(query);
  const total = connection.one(composed(`SELECT count(*) AS total ${source}`, numberIn('total')), parameters);
  const { limit, offset } = page;
  const items = connection.all(
    composed(`SELECT * ${source} ORDER BY id DESC LIMIT :limit OFFSET :offset`, balanceEntryRow),
    { ...parameters, limit, offset },
  );
  return { total, items };
}

/** As `LedgerStore.sumBalanceEntries`. */
export function sumBalanceEntries(connection: Connection, accountId: number): number {
  return connection.one(entrySql.sum, { accountId });
}

/** Exported for the test of its query plan. */
export function journalSource(query: BalanceEntryQuery): {
  readonly source: string;
  readonly parameters: Parameters;
} {
  const { accountId, kind, reference, email, from, to } = query;
  const { text, parameters } = new Conditions()
    .add('key_id = 0')
    .addGiven('reference = :reference', { reference })
    .addGiven('account_id = :accountId', { accountId })
    .addGiven('kind = :kind', { kind })
    .addGiven('account_id IN (SELECT id FROM accounts WHERE email = :email)', { email })
    .addGiven('created_at >= :from', { from })
    .addGiven('created_at <= :to', { to });
  return { source: `FROM journal${indexed(query)} WHERE ${text}`, parameters };
}

function indexed({ reference, accountId, kind }: BalanceEntryQuery): string {
  if (reference !== undefined) return '';
  if (accountId !== undefined) return ' INDEXED BY journal_by_account';
  if (kind !== undefined) return ' INDEXED BY journal_of_accounts';
  return ' NOT INDEXED';
}
