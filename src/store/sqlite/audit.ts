/** The audit log in SQLite. Writes here are parts of transactions that the engine opens. */
import type { AuditNote, Origin } from '../../domain/audit.ts';
import type { AuditPage, AuditQuery, AuditStore } from '../audit-store.ts';
import { names, parameters } from '../columns.ts';
import { statement } from '../statement.ts';
import { auditPage, auditSql, eventOf, newEvent } from '../statements/audit.ts';
import type { Connection } from './connection.ts';

const insert = statement(
  newEvent,
  `INSERT INTO audit_events (${names(newEvent)}) VALUES (${parameters(newEvent)})`,
);

/** Part of the transaction of the change. */
export function addNotes(
  connection: Connection,
  origin: Origin,
  notes: readonly AuditNote[],
  createdMs: number,
): void {
  for (const note of notes) connection.run(insert, eventOf(origin, note, createdMs));
}

export class SqliteAudit implements AuditStore {
  readonly #db: Connection;
  readonly #write: <Result>(work: () => Result) => Promise<Result>;

  /** @param write as `SqliteLedgerStore.write` */
  constructor(db: Connection, write: <Result>(work: () => Result) => Promise<Result>) {
    this.#db = db;
    this.#write = write;
  }

  async list(query: AuditQuery, limit: number): Promise<AuditPage> {
    const { beforeId } = query;
    const after = beforeId === undefined ? undefined : this.#db.get(auditSql.position, { id: beforeId });
    // What came after a removed entry is older, and was removed with it.
    if (beforeId !== undefined && !after) return { items: [], nextBeforeId: undefined };
    const { page, last, parameters } = auditPage(query, limit, after);
    const items = this.#db.all(page, parameters);
    if (items.length === limit) return { items, nextBeforeId: items.at(-1)?.id };
    return { items, nextBeforeId: this.#db.get(last, parameters)?.id };
  }

  deleteBefore(ms: number, limit: number): Promise<number> {
    return this.#write(() => {
      this.#db.run(auditSql.moveDeleted, { ms });
      return this.#db.run(auditSql.deleteBefore, { ms, limit });
    });
  }

  eraseAddresses(ms: number, limit: number): Promise<number> {
    return this.#write(() => {
      this.#db.run(auditSql.moveErased, { ms });
      return this.#db.run(auditSql.erase, { ms, limit });
    });
  }
}
