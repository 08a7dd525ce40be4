/** Keeps the audit log over a restore: entries made after the backup stay, and one says that it was restored. */
import { DatabaseSync } from 'node:sqlite';
import type { Origin } from '../../domain/audit.ts';
import { databaseNote } from '../audit-notes.ts';
import { names, parameters, reader } from '../columns.ts';
import { addNotes } from '../sqlite/audit.ts';
import type { Connection } from '../sqlite/connection.ts';
import { statement } from '../statement.ts';
import { auditEvents } from '../tables.ts';

const { id } = auditEvents;
const newest = statement({}, 'SELECT coalesce(max(id), 0) AS id FROM audit_events', reader({ id }));
const insert = statement(
  auditEvents,
  `INSERT INTO audit_events (${names(auditEvents)}) VALUES (${parameters(auditEvents)})`,
);
const readEvent = reader(auditEvents);

export interface KeptAudit {
  /** The database that is replaced; undefined = there is none, or it cannot be read. */
  readonly presentPath: string | undefined;
  /** Who restores. */
  readonly origin: Origin;
  /** What is restored, for the entry. */
  readonly from: string;
  readonly nowMs: number;
}

/** Part of a transaction on the restored database. */
export function keepAudit(restored: Connection, { presentPath, origin, from, nowMs }: KeptAudit): void {
  if (presentPath !== undefined) copyNewer(restored, presentPath);
  addNotes(restored, origin, [databaseNote('restored', from)], nowMs);
}

function copyNewer(restored: Connection, presentPath: string): void {
  const present = new DatabaseSync(presentPath, { readOnly: true });
  try {
    // A database of an older version has no such table.
    const table = present.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'audit_events'").get();
    if (!table) return;
    const rows = present.prepare('SELECT * FROM audit_events WHERE id > ? ORDER BY id');
    for (const row of rows.iterate(restored.one(newest).id)) restored.run(insert, readEvent(row));
  } finally {
    present.close();
  }
}
