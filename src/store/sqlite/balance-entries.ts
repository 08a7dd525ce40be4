/** Lists balance entries in SQLite. */
import type { BalanceEntry, BalanceEntryQuery } from '../ledger-store.ts';
import { balanceEntryRow } from '../statements/ledger.ts';
import type { Page, PageQuery } from '../store.ts';
import type { Connection, Value } from './connection.ts';

/** As `LedgerStore.listBalanceEntries`. */
export function listBalanceEntries(
  connection: Connection,
  query: BalanceEntryQuery,
  page: PageQuery,
): Page<BalanceEntry> {
  const { source, values } = journalSource(query);
  const total = Number(connection.one(`SELECT count(*) AS total ${source}`, ...values).total);
  const rows = connection.all(
    `SELECT * ${source} ORDER BY id DESC LIMIT ? OFFSET ?`,
    ...values,
    page.limit,
    page.offset,
  );
  return { total, items: rows.map(balanceEntryRow) };
}

/** Exported for the test of its query plan. */
export function journalSource(query: BalanceEntryQuery): {
  readonly source: string;
  readonly values: readonly Value[];
} {
  const { accountId, kind, reference, email, from, to } = query;
  const conditions: readonly (readonly [string, Value | undefined])[] = [
    ['reference = ?', reference],
    ['account_id = ?', accountId],
    ['kind = ?', kind],
    ['account_id IN (SELECT id FROM accounts WHERE email = ?)', email],
    ['created_at >= ?', from],
    ['created_at <= ?', to],
  ];
  const meant = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [[sql, value] as const]));
  return {
    source: [indexed(query), ...meant.map(([sql]) => sql)].join(' AND '),
    values: meant.map(([, value]) => value),
  };
}

function indexed({ reference, accountId, kind }: BalanceEntryQuery): string {
  if (reference !== undefined) return 'FROM journal WHERE key_id = 0';
  if (accountId !== undefined) return 'FROM journal INDEXED BY journal_by_account WHERE key_id = 0';
  if (kind !== undefined) return 'FROM journal INDEXED BY journal_of_accounts WHERE key_id = 0';
  return 'FROM journal NOT INDEXED WHERE key_id = 0';
}
