/** Receipts of deleted keys: the document that is signed, and its canonical form. Pure. */
import type { Origin } from './audit.ts';

/** `partial` = it was confirmed, but not everything about it is known. */
export type ReceiptState = 'open' | 'partial' | 'complete';

/** Names the form of the document, so that no signature of anything else can pass for a receipt. */
export const receiptType = 'halley.deleted-key/1';

/**
 * How it is known that a node does not use the key any more. `made` = the node made the deletion; `interrupted` = it
 * did, and its process ended before the deletion was confirmed.
 */
export const confirmationWays = ['made', 'acknowledged', 'lease_over', 'left', 'interrupted'] as const;
export type ConfirmationWay = (typeof confirmationWays)[number];

/**
 * When a node last admitted a request of the key. `at` = then; `none_since` = never since then; `not_after` = it is not
 * known when, but not later than then.
 */
export const admissionKinds = ['at', 'none_since', 'not_after'] as const;
export interface ReceiptAdmission {
  readonly kind: (typeof admissionKinds)[number];
  readonly ms: number;
}

/** Times are milliseconds since 1970 UTC. */
export interface ReceiptNode {
  readonly name: string;
  /** Of its data directory; empty = embedded. */
  readonly node_id: string;
  readonly way: ConfirmationWay;
  readonly confirmed_at_ms: number;
  /** Whose clock showed `confirmed_at_ms`: that of the node, or that of the node that made the deletion. */
  readonly clock: 'own' | 'maker';
  /** Requests that the deletion ended there while they ran; null = not known. */
  readonly ended: number | null;
  readonly last_admission: ReceiptAdmission;
}

/** Times are milliseconds since 1970 UTC, by the clock of the node that made the deletion. */
export interface ReceiptDocument {
  readonly type: typeof receiptType;
  readonly id: number;
  readonly state: ReceiptState;
  readonly key: {
    readonly id: number;
    readonly name: string;
    readonly hint: string;
    /** The first 16 hexadecimal digits of the SHA-256 of the value without `sk-`. */
    readonly digest_prefix: string;
  };
  readonly account_id: number;
  readonly requested_by: {
    readonly account_id: number;
    readonly account_name: string;
    readonly credential: Origin['credential'];
    readonly credential_id: string;
    readonly address: string;
    readonly user_agent: string;
    readonly request_id: string;
  };
  /** What happens to requests that run: the setting `revocation.in_flight`. */
  readonly in_flight: 'abort' | 'drain';
  /** Just before the commit. */
  readonly recorded_at_ms: number;
  /** When the node learned of the commit; null = it ended before that. */
  readonly committed_at_ms: number | null;
  /** From then on no node uses the key; null = not confirmed yet. */
  readonly confirmed_at_ms: number | null;
  readonly nodes: readonly ReceiptNode[];
  /**
   * Jobs of the key that had not ended when it was written: they continue at their upstreams, and nobody can fetch them. Absent in
   * receipts of earlier versions, and while it is open.
   */
  readonly open_jobs?: number;
}

/** A receipt as it is handed out. */
export interface SignedReceipt {
  readonly receipt: ReceiptDocument;
  /** Null while the receipt is open. */
  readonly signature: ReceiptSignature | null;
}

export interface ReceiptSignature {
  readonly algorithm: 'Ed25519';
  /** Of the key that signed. */
  readonly key_id: string;
  /** Over the canonical JSON of the receipt, in base64url. */
  readonly value: string;
}

/**
 * Canonical JSON as of RFC 8785: no white space, members in the order of the UTF-16 code units of their names.
 * @param value of texts, numbers, booleans, null, lists and objects alone
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${canonicalJson(each)}`).join()}}`;
}
