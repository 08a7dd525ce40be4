/** The audit log in PostgreSQL. */
import type { AuditNote, Origin } from '../../domain/audit.ts';
import type { AuditPage, AuditQuery, AuditStore } from '../audit-store.ts';
import { names } from '../columns.ts';
import { statement } from '../statement.ts';
import { auditPage, auditSql, eventOf, newEvent } from '../statements/audit.ts';
import { lists, listsOf, unnested } from './bulk.ts';
import type { Database, Queryable } from './connection.ts';
import { isRowId, isStorable } from './values.ts';

const insertAll = statement(
  lists(newEvent),
  `INSERT INTO audit_events (${names(newEvent)}) SELECT ${names(newEvent)} FROM ${unnested(newEvent)} ORDER BY position`,
);

/** Notes of one origin. */
export interface NotesBy {
  readonly origin: Origin;
  readonly notes: readonly AuditNote[];
}

/** Part of the transaction of the changes. */
export async function addNotes(tx: Queryable, all: readonly NotesBy[], createdMs: number): Promise<void> {
  const rows = all.flatMap(({ origin, notes }) => notes.map((note) => eventOf(origin, note, createdMs)));
  if (rows.length > 0) await tx.run(insertAll, listsOf(newEvent, rows));
}

export class PostgresAudit implements AuditStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async list(query: AuditQuery, limit: number): Promise<AuditPage> {
    const nothing = { items: [], nextBeforeId: undefined };
    const {
      id = 0,
      beforeId,
      ownerId = 0,
      actorId = 0,
      objectId = 0,
      address = '',
      objectName = '',
      text = '',
    } = query;
    if (![id, beforeId ?? 0, ownerId, actorId, objectId].every(isRowId)) return nothing;
    if (!isStorable(address) || !isStorable(objectName) || !isStorable(text)) return nothing;
    const after =
      beforeId === undefined ? undefined : await this.#db.get(auditSql.position, { id: beforeId });
    // What came after a removed entry is older, and was removed with it.
    if (beforeId !== undefined && !after) return nothing;
    const { page, last, parameters } = auditPage(query, limit, after);
    const items = await this.#db.all(page, parameters);
    if (items.length === limit) return { items, nextBeforeId: items.at(-1)?.id };
    return { items, nextBeforeId: (await this.#db.get(last, parameters))?.id };
  }

  deleteBefore(ms: number, limit: number): Promise<number> {
    return this.#db.transaction(async (tx) => {
      await tx.run(auditSql.moveDeleted, { ms });
      return tx.run(auditSql.deleteBefore, { ms, limit });
    });
  }

  eraseAddresses(ms: number, limit: number): Promise<number> {
    return this.#db.transaction(async (tx) => {
      await tx.run(auditSql.moveErased, { ms });
      return tx.run(auditSql.erase, { ms, limit });
    });
  }
}
