/** Receipts of deleted keys in PostgreSQL. */
import type { Origin } from '../../domain/audit.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import { bytes, integer, list, names, pick, reader, text } from '../columns.ts';
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
  closing,
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
import { lists, listsOf, unnested } from './bulk.ts';
import type { Database, Queryable } from './connection.ts';
import { keyReports } from './key-reports.ts';
import { isRowId, isStorable } from './values.ts';

const keyIds = list(integer());
const given = { ...openReceipt, origin: text() } as const;
const closed = { ...closing, signature: bytes() } as const;

const sql = {
  insert: statement(
    lists(given),
    `INSERT INTO receipts (${names(given)}, state)
      SELECT ${names(given)}, 'open' FROM ${unnested(given)} ORDER BY position RETURNING id, key_id`,
    reader(pick(receipts, 'id', 'keyId')),
  ),
  open: statement(
    { processId: receipts.processId, limit: page.limit },
    `SELECT ${names(receipts)} FROM receipts WHERE state = 'open' AND (process_id = :processId OR NOT EXISTS
        (SELECT 1 FROM nodes WHERE nodes.process_id = receipts.process_id AND nodes.state = 'active'))
      ORDER BY id LIMIT :limit`,
    receiptRow,
  ),
  reports: statement(
    { keyIds },
    `SELECT ${names(keyReports)}, incarnation, coalesce(nodes.name, '') AS name,
        coalesce(nodes.node_id, '') AS node_id
      FROM key_reports LEFT JOIN nodes USING (incarnation) WHERE key_id = ANY(:keyIds::bigint[])
      ORDER BY key_id, incarnation`,
    reader({ ...keyReports, incarnation: integer(), name: text(), nodeId: text() }),
  ),
  // With the reports of their keys, which are in the documents now.
  close: statement(
    { ...lists(closed), keyIds },
    `WITH closed AS (
        UPDATE receipts SET state = each.state, document = each.document, signature = each.signature,
          signed_by = each.signed_by
        FROM ${unnested(closed)} WHERE receipts.id = each.id AND receipts.state = 'open'
        RETURNING receipts.id
      ), removed AS (
        DELETE FROM key_reports WHERE key_id = ANY(:keyIds::bigint[])
      )
      SELECT count(*) AS count FROM closed`,
    numberIn('count'),
  ),
} as const;

/** Who makes a deletion. */
export interface Maker {
  readonly nodeId: string;
  readonly processId: string;
}

/** A deleted key, and who deleted it. */
export interface DeletedBy {
  readonly tombstone: Tombstone;
  readonly origin: Origin;
}

/**
 * Part of the transaction that deletes the keys.
 * @param recordedAt milliseconds since 1970 UTC
 * @returns the receipts by the ids of their keys
 */
export async function openReceipts(
  tx: Queryable,
  deleted: readonly DeletedBy[],
  recordedAt: number,
  { nodeId, processId }: Maker,
): Promise<ReadonlyMap<number, OpenReceipt>> {
  if (deleted.length === 0) return new Map();
  const rows = deleted.map(({ tombstone: { id: keyId, accountId, name, hint, digest }, origin }) => {
    const key = { keyId, accountId: accountId ?? 0, name, hint, digest };
    return { ...key, origin, recordedAt, nodeId, processId };
  });
  const asTexts = rows.map((row) => ({ ...row, origin: JSON.stringify(row.origin) }));
  const inserted = await tx.all(sql.insert, listsOf(given, asTexts));
  const idOf = new Map(inserted.map(({ id, keyId }) => [keyId, id]));
  return new Map(rows.map((row) => [row.keyId, { id: idOf.get(row.keyId) ?? 0, ...row }]));
}

export class PostgresReceipts implements ReceiptStore {
  readonly #db: Database;
  readonly #processId: string;

  constructor(db: Database, processId: string) {
    this.#db = db;
    this.#processId = processId;
  }

  async list(query: ReceiptQuery, page: ReceiptPageQuery): Promise<ReceiptPage> {
    const ids = [query.accountId, query.keyId].filter((id) => id !== undefined);
    if (!ids.every(isRowId) || !isStorable(query.name ?? '')) return { total: 0, items: [] };
    const conditions = receiptConditions(query);
    const { text, parameters } = conditions;
    const [total, items] = await Promise.all([
      this.#db.one(composed(receiptCount(text), numberIn('total')), parameters),
      this.#page(conditions, page),
    ]);
    return { total, items };
  }

  async find(id: number, scope: ReceiptScope): Promise<ReceiptRow | undefined> {
    if (!isRowId(id)) return undefined;
    return (await this.#page(oneReceipt(scope, 'id', id), { limit: 1, offset: 0 }))[0];
  }

  async ofKey(keyId: number, scope: ReceiptScope): Promise<ReceiptRow | undefined> {
    if (!isRowId(keyId)) return undefined;
    return (await this.#page(oneReceipt(scope, 'key_id', keyId), { limit: 1, offset: 0 }))[0];
  }

  #page({ text, parameters }: Conditions, page: ReceiptPageQuery): Promise<readonly ReceiptRow[]> {
    const { limit, offset } = page;
    const given = { ...parameters, firstId: firstIdOf(page), limit, offset };
    return this.#db.all(composed(receiptPage(text), receiptRow), given);
  }

  async listOpen(limit: number): Promise<readonly ReceiptRow[]> {
    return this.#db.all(sql.open, { processId: this.#processId, limit });
  }

  async reports(ids: readonly number[]): Promise<readonly NamedReport[]> {
    return this.#db.all(sql.reports, { keyIds: ids });
  }

  async close(all: readonly ClosedReceipt[]): Promise<void> {
    await this.#db.call(sql.close, { ...listsOf(closed, all), keyIds: all.map(({ keyId }) => keyId) });
  }

  async listKeys(): Promise<readonly ReceiptKeyRow[]> {
    return this.#db.all(receiptSql.keys);
  }

  async addKey(key: NewReceiptKey): Promise<boolean> {
    return (await this.#db.run(receiptSql.addKey, key)) > 0;
  }
}

/** Part of a transaction. @returns whether the former key still signed */
export async function replaceKey(tx: Queryable, key: NewReceiptKey, formerId: number): Promise<boolean> {
  const retired = { id: formerId, retiredAt: key.createdAt };
  if ((await tx.run(receiptSql.retireKey, retired)) === 0) return false;
  return (await tx.run(receiptSql.addKey, key)) > 0;
}
