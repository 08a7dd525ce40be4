/** Lists the audit log in SQLite. */
import type { AuditPage, AuditQuery } from '../audit-store.ts';
import { auditPage, auditSql } from '../statements/audit.ts';
import type { Connection } from './connection.ts';

/** As `AuditStore.list`. */
export function listEvents(connection: Connection, query: AuditQuery, limit: number): AuditPage {
  const { beforeId } = query;
  const after = beforeId === undefined ? undefined : connection.get(auditSql.position, { id: beforeId });
  // What came after a removed entry is older, and was removed with it.
  if (beforeId !== undefined && !after) return { items: [], nextBeforeId: undefined };
  const { page, last, parameters } = auditPage(query, limit, after);
  const items = connection.all(page, parameters);
  if (items.length === limit) return { items, nextBeforeId: items.at(-1)?.id };
  return { items, nextBeforeId: connection.get(last, parameters)?.id };
}
