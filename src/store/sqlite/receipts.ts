/** Receipts of deleted keys in SQLite. */
import type { Origin } from '../../domain/audit.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import { names, parameters } from '../columns.ts';
import type { Conditions } from '../conditions.ts';
import type {
  ClosedReceipt,
  NamedReport,
  NewReceiptKey,
  OpenReceipt,
  ReceiptKeyRow,
  ReceiptPage,
  ReceiptPageQuery,
  ReceiptQuery,
  ReceiptRow,
  ReceiptScope,
  ReceiptStore,
} from '../receipt-store.ts';
import { composed, numberIn, page, statement } from '../statement.ts';
import {
  oneReceipt,
  openReceipt,
  receiptConditions,
  receiptCount,
  receiptPage,
  receiptRow,
  receiptSql,
} from '../statements/receipts.ts';
import { firstIdOf } from '../store.ts';
import { receipts } from '../tables.ts';
import type { Connection } from './connection.ts';

const sql = {
  insert: statement(
    openReceipt,
    `INSERT INTO receipts (${names(openReceipt)}, state) VALUES (${parameters(openReceipt)}, 'open') RETURNING id`,
    numberIn('id'),
  ),
  open: statement(
    { limit: page.limit },
    `SELECT ${names(receipts)} FROM receipts WHERE state = 'open' ORDER BY id LIMIT :limit`,
    receiptRow,
  ),
} as const;

/**
 * Part of the transaction that deletes the keys.
 * @param recordedAt milliseconds since 1970 UTC
 */
export function openReceipts(
  connection: Connection,
  tombstones: readonly Tombstone[],
  origin: Origin,
  recordedAt: number,
): readonly OpenReceipt[] {
  return tombstones.map(({ id: keyId, accountId, name, hint, digest }) => {
    const node = { nodeId: '', processId: '' };
    const row = { keyId, accountId: accountId ?? 0, name, hint, digest, origin, recordedAt, ...node };
    return { id: connection.one(sql.insert, row), ...row };
  });
}

export class SqliteReceipts implements ReceiptStore {
  readonly #db: Connection;
  readonly #write: <Result>(work: () => Result) => Promise<Result>;

  /** @param write runs `work` as one transaction */
  constructor(db: Connection, write: <Result>(work: () => Result) => Promise<Result>) {
    this.#db = db;
    this.#write = write;
  }

  async list(query: ReceiptQuery, { limit, offset, ...page }: ReceiptPageQuery): Promise<ReceiptPage> {
    const conditions = receiptConditions(query);
    const { text, parameters } = conditions;
    const total = this.#db.one(composed(receiptCount(text), numberIn('total')), parameters);
    return { total, items: this.#page(conditions, { limit, offset, ...page }) };
  }

  async find(id: number, scope: ReceiptScope): Promise<ReceiptRow | undefined> {
    return this.#page(oneReceipt(scope, 'id', id), { limit: 1, offset: 0 })[0];
  }

  async ofKey(keyId: number, scope: ReceiptScope): Promise<ReceiptRow | undefined> {
    return this.#page(oneReceipt(scope, 'key_id', keyId), { limit: 1, offset: 0 })[0];
  }

  #page({ text, parameters }: Conditions, page: ReceiptPageQuery): readonly ReceiptRow[] {
    const { limit, offset } = page;
    const given = { ...parameters, firstId: firstIdOf(page), limit, offset };
    return this.#db.all(composed(receiptPage(text), receiptRow), given);
  }

  /** One process at a time uses the database, so that every open one is its own or of one that ended. */
  async listOpen(limit: number): Promise<readonly ReceiptRow[]> {
    return this.#db.all(sql.open, { limit });
  }

  /** There are no other nodes. */
  async reports(): Promise<readonly NamedReport[]> {
    return [];
  }

  async close(closed: readonly ClosedReceipt[]): Promise<void> {
    await this.#write(() => {
      for (const each of closed) this.#db.run(receiptSql.close, each);
    });
  }

  async listKeys(): Promise<readonly ReceiptKeyRow[]> {
    return this.#db.all(receiptSql.keys);
  }

  addKey(key: NewReceiptKey): Promise<boolean> {
    return this.#write(() => this.#db.run(receiptSql.addKey, key) > 0);
  }
}

/** Part of a transaction. @returns whether the former key still signed */
export function replaceKey(connection: Connection, key: NewReceiptKey, formerId: number): boolean {
  const retired = { id: formerId, retiredAt: key.createdAt };
  if (connection.run(receiptSql.retireKey, retired) === 0) return false;
  return connection.run(receiptSql.addKey, key) > 0;
}
