/** Statements on receipts that both engines run. */
import { limits } from '../../platform/limits.ts';
import { bytes, integer, names, omit, parameters, pick, reader } from '../columns.ts';
import { Conditions } from '../conditions.ts';
import type { ReceiptQuery, ReceiptScope } from '../receipt-store.ts';
import { statement } from '../statement.ts';
import { roles } from '../store.ts';
import { receiptKeys, receipts } from '../tables.ts';

export const receiptRow = reader(receipts);
const receiptKeyRow = reader(receiptKeys);

/** What a deletion writes. */
export const openReceipt = omit(receipts, 'id', 'state', 'document', 'signature', 'signedBy');
const newReceiptKey = omit(receiptKeys, 'id', 'retiredAt');
export const closing = pick(receipts, 'id', 'state', 'document', 'signature', 'signedBy');

export const receiptSql = {
  keys: statement({}, `SELECT ${names(receiptKeys)} FROM receipt_keys ORDER BY id`, receiptKeyRow),
  addKey: statement(
    newReceiptKey,
    `INSERT INTO receipt_keys (${names(newReceiptKey)}) VALUES (${parameters(newReceiptKey)})
      ON CONFLICT DO NOTHING`,
  ),
  retireKey: statement(
    { id: integer(), retiredAt: integer() },
    `UPDATE receipt_keys SET retired_at = :retiredAt, sealed = NULL WHERE id = :id AND retired_at IS NULL`,
  ),
  close: statement(
    { ...closing, signature: bytes() },
    `UPDATE receipts SET state = :state, document = :document, signature = :signature, signed_by = :signedBy
      WHERE id = :id AND state = 'open'`,
  ),
} as const;

/** Receipts that an account may see. */
function visibleTo({ id, role }: ReceiptScope): Conditions {
  const conditions = new Conditions();
  if (role < roles.admin) return conditions.add('account_id = :viewer', { viewer: id });
  return conditions.add(
    `(account_id = :viewer OR NOT EXISTS
      (SELECT 1 FROM accounts WHERE accounts.id = receipts.account_id AND role >= :role))`,
    { viewer: id, role },
  );
}

export function receiptConditions({ scope, accountId, keyId, name, state }: ReceiptQuery): Conditions {
  return visibleTo(scope)
    .addGiven('account_id = :accountId', { accountId })
    .addGiven('key_id = :keyId', { keyId })
    .addGiven('name = :name', { name })
    .addGiven('state = :state', { state });
}

/** One receipt, by its own id or that of its key. */
export function oneReceipt(scope: ReceiptScope, column: 'id' | 'key_id', id: number): Conditions {
  return visibleTo(scope).add(`receipts.${column} = :wanted`, { wanted: id });
}

export const receiptCount = (conditions: string) =>
  `SELECT count(*) AS total FROM
    (SELECT 1 FROM receipts WHERE ${conditions} LIMIT ${limits.records_counted_max}) AS counted`;
export const receiptPage = (conditions: string) =>
  `SELECT ${names(receipts)} FROM receipts WHERE ${conditions} AND id < :firstId
    ORDER BY id DESC LIMIT :limit OFFSET :offset`;
