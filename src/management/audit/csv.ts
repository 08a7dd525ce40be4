/** Streams entries of the audit log as CSV (RFC 4180). */
import { csvLine } from '../../domain/csv.ts';
import type { AuditQuery } from '../../store/audit-store.ts';
import type { LongReads } from '../long-reads.ts';
import { type AuditRecord, auditRecord } from './schemas.ts';

const columns = [
  'id',
  'time',
  'created_ms',
  'actor_id',
  'actor_name',
  'credential',
  'credential_id',
  'address',
  'user_agent',
  'request_id',
  'action',
  'object_type',
  'object_id',
  'object_name',
  'owner_id',
  'changes',
] as const;

/** The head, then the entries, newest first; some at a time, so that all of them are never in memory. */
export async function* auditAsCsv(
  reads: Pick<LongReads, 'listEvents'>,
  query: AuditQuery,
  batch: number,
): AsyncGenerator<string> {
  // Not sent by itself: a database that fails at once is still answered with its status.
  let text = csvLine(columns);
  let beforeId = query.beforeId;
  do {
    const { items, nextBeforeId } = await reads.listEvents({ ...query, beforeId }, batch);
    text += items.map((event) => csvLine(fieldsOf(auditRecord(event, true)))).join('');
    if (text !== '') yield text;
    text = '';
    beforeId = nextBeforeId;
  } while (beforeId !== undefined);
}

function fieldsOf(record: AuditRecord): readonly (string | number)[] {
  const shown = {
    ...record,
    time: new Date(record.created_ms).toISOString(),
    changes: JSON.stringify(record.changes),
  };
  return columns.map((column) => shown[column]);
}
