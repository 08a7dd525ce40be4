/** Reading the journal of balances in SQLite. */
import type { JournalEntry } from '../ledger-store.ts';
import type { Page, PageQuery } from '../store.ts';
import type { Connection, Row, Value } from './connection.ts';

const columns = 'id, account_id, key_id, kind, units, reason, actor_id, reference, created_at';

export interface JournalQuery {
  readonly accountId?: number | undefined;
  readonly kind?: JournalEntry['kind'] | undefined;
}

/** For every form of the query; exported for the test that asks SQLite how it would run them. */
export const journalSources = {
  ofAccount: 'FROM journal INDEXED BY journal_by_account WHERE account_id = ? AND key_id = 0',
  ofKind: 'FROM journal INDEXED BY journal_of_accounts WHERE kind = ? AND key_id = 0',
  all: 'FROM journal NOT INDEXED WHERE key_id = 0',
} as const;

/** As `LedgerStore.listJournal`. */
export function listJournal(
  connection: Connection,
  { accountId, kind }: JournalQuery,
  page: PageQuery,
): Page<JournalEntry> {
  const [source, values] = sourceOf(accountId, kind);
  const total = Number(connection.one(`SELECT count(*) AS total ${source}`, ...values).total);
  const rows = connection.all(
    `SELECT ${columns} ${source} ORDER BY id DESC LIMIT ? OFFSET ?`,
    ...values,
    page.limit,
    page.offset,
  );
  return { total, items: rows.map(entryRow) };
}

function sourceOf(
  accountId: number | undefined,
  kind: JournalEntry['kind'] | undefined,
): readonly [string, readonly Value[]] {
  if (accountId === undefined) {
    return kind === undefined ? [journalSources.all, []] : [journalSources.ofKind, [kind]];
  }
  return kind === undefined
    ? [journalSources.ofAccount, [accountId]]
    : [`${journalSources.ofAccount} AND kind = ?`, [accountId, kind]];
}

function entryRow(row: Row): JournalEntry {
  return {
    id: row.id as number,
    accountId: row.account_id as number,
    keyId: row.key_id as number,
    kind: row.kind as JournalEntry['kind'],
    units: row.units as number,
    reason: row.reason as string,
    actorId: row.actor_id as number,
    reference: row.reference as string | null,
    createdAt: row.created_at as number,
  };
}
