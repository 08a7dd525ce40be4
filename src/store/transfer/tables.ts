/** Tables that a migration between engines copies, in the order of their references. */
import { type ColumnKind, type Columns, columnName, omit } from '../columns.ts';
import {
  accounts,
  alerts,
  auditEvents,
  balanceEntries,
  channels,
  contents,
  importedDigests,
  jobs,
  keys,
  multipliers,
  preferences,
  prices,
  receiptKeys,
  receipts,
  records,
  sessions,
  setupCodes,
  tombstones,
  upstreamObjects,
} from '../tables.ts';
import { hourly, removedRecords, usageQuarters, usageQuartersFrom } from '../usage-tables.ts';

export interface TransferTable {
  readonly name: string;
  /** By the names that both databases have for them. */
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** Whether the table generates ids, none twice. */
  readonly hasIds: boolean;
  /** The columns by which rows are merged that become equal by a replaced text. */
  readonly addedBy?: readonly string[];
}

function table(name: string, columns: Columns, addedBy?: readonly string[]): TransferTable {
  const kinds = Object.entries(columns).map(([member, column]) => [columnName(member, column), column.kind]);
  const byName = Object.fromEntries(kinds) as Record<string, ColumnKind>;
  return { name, columns: byName, hasIds: 'id' in byName, ...(addedBy && { addedBy }) };
}

/** Reserved units and reservations are not copied: no request outlives its gateway, and a job goes on without one. */
export const transferTables: readonly TransferTable[] = [
  table('accounts', omit(accounts, 'reserved')),
  table('keys', omit(keys, 'reserved')),
  table('tombstones', tombstones),
  table('imported_digests', importedDigests),
  table('sessions', sessions),
  table('setup_codes', setupCodes),
  table('preferences', preferences),
  table('channels', channels),
  table('records', records),
  table('removed_records', removedRecords),
  table('hourly', hourly, ['account_id', 'hour', 'key_id', 'model']),
  table('usage_quarters', usageQuarters, [
    'quarter',
    'account_id',
    'key_id',
    'model',
    'channel_id',
    'group_name',
  ]),
  table('usage_quarters_from', usageQuartersFrom),
  table('contents', contents),
  table('journal', balanceEntries),
  table('prices', prices),
  table('multipliers', multipliers),
  table('notices', alerts),
  table('audit_events', auditEvents),
  table('receipt_keys', receiptKeys),
  table('receipts', receipts),
  table('jobs', omit(jobs, 'reserved')),
  table('upstream_objects', upstreamObjects),
];

/** What both sides compare of a table, by name: its rows, and the count and sum of each column. */
export type Figures = ReadonlyMap<string, string>;

/** Names of figures that a replaced text changes. */
export function changedByTexts({ columns, addedBy }: TransferTable): ReadonlySet<string> {
  const names = Object.entries(columns).flatMap(([name, kind]) => [
    ...(kind === 'text' || kind === 'json' ? [`sum of ${name}`] : []),
    ...(addedBy ? [`count of ${name}`] : []),
    ...(addedBy?.includes(name) ? [`sum of ${name}`] : []),
  ]);
  return new Set(addedBy ? [...names, 'rows'] : names);
}
