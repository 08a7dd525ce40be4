/** The audit log in SQLite. Writes here are parts of transactions that the engine opens. */
import type { AuditNote, Origin } from '../../domain/audit.ts';
import type { AuditPage, AuditQuery, AuditStore } from '../audit-store.ts';
import { names, parameters } from '../columns.ts';
import { statement } from '../statement.ts';
import { auditSql, eventOf, newEvent } from '../statements/audit.ts';
import type { Connection } from './connection.ts';
import type { ReadThread } from './read-thread.ts';

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
  readonly #thread: ReadThread;
  readonly #write: <Result>(work: () => Result) => Promise<Result>;

  /** @param write as `SqliteLedgerStore.write` */
  constructor(db: Connection, thread: ReadThread, write: <Result>(work: () => Result) => Promise<Result>) {
    this.#db = db;
    this.#thread = thread;
    this.#write = write;
  }

  list(query: AuditQuery, limit: number): Promise<AuditPage> {
    return this.#thread.read('listEvents', query, limit);
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
