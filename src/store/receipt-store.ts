/** The interface for receipts of deleted keys, and for the keys that sign them. Times in milliseconds since 1970 UTC. */
import type { Origin } from '../domain/audit.ts';
import type { ReceiptState } from '../domain/receipt.ts';

/** A receipt as the deletion wrote it. */
export interface OpenReceipt {
  readonly id: number;
  readonly keyId: number;
  readonly accountId: number;
  /** Of the key. */
  readonly name: string;
  readonly hint: string;
  readonly digest: Uint8Array;
  readonly origin: Origin;
  /** Just before the commit. */
  readonly recordedAt: number;
  /** The node and the process that made the deletion; empty = embedded. */
  readonly nodeId: string;
  readonly processId: string;
}

/** A stored receipt. */
export interface ReceiptRow extends OpenReceipt {
  readonly state: ReceiptState;
  /** Canonical JSON; empty while the receipt is open. */
  readonly document: string;
  readonly signature: Uint8Array | null;
  /** Id of the key that signed. */
  readonly signedBy: string;
}

/** What the confirmation of a deletion adds to its receipt. */
export interface ClosedReceipt {
  readonly id: number;
  readonly keyId: number;
  readonly state: Exclude<ReceiptState, 'open'>;
  readonly document: string;
  readonly signature: Uint8Array;
  readonly signedBy: string;
}

/** A key that signs receipts. */
export interface ReceiptKeyRow {
  readonly id: number;
  /** The id that signatures name. */
  readonly name: string;
  readonly publicKey: Uint8Array;
  /** The private part; null once the key is retired. */
  readonly sealed: Uint8Array | null;
  readonly createdAt: number;
  readonly retiredAt: number | null;
}
export type NewReceiptKey = Omit<ReceiptKeyRow, 'id' | 'retiredAt'>;

/** Who asks. */
export interface ReceiptScope {
  readonly id: number;
  readonly role: number;
}

export interface ReceiptQuery {
  /** Own receipts, and of an administrator those of accounts of a lower role and of deleted accounts. */
  readonly scope: ReceiptScope;
  readonly accountId?: number | undefined;
  readonly keyId?: number | undefined;
  /** The whole name of the key. */
  readonly name?: string | undefined;
  readonly state?: ReceiptState | undefined;
}

/** What a node knows of a key when it has applied the key's deletion. Times by its clock. */
export interface KeyReport {
  readonly keyId: number;
  /** When nothing of the key ran there any more. */
  readonly appliedAt: number;
  /** Requests that the deletion ended while they ran. */
  readonly ended: number;
  /** Null = none was admitted since `knownSince`. */
  readonly lastAdmittedAt: number | null;
  /** Since when the node remembers admissions. */
  readonly knownSince: number;
}

/** A report with the node that made it. */
export interface NamedReport extends KeyReport {
  readonly incarnation: number;
  readonly name: string;
  readonly nodeId: string;
}

export interface ReceiptPageQuery {
  readonly offset: number;
  readonly limit: number;
  /** Only receipts with lower ids. */
  readonly beforeId?: number | undefined;
}

export interface ReceiptPage {
  readonly total: number;
  readonly items: readonly ReceiptRow[];
}

export interface ReceiptStore {
  /** Newest (highest id) first. `total` counts up to `limits.records_counted_max`. */
  list(query: ReceiptQuery, page: ReceiptPageQuery): Promise<ReceiptPage>;
  find(id: number, scope: ReceiptScope): Promise<ReceiptRow | undefined>;
  ofKey(keyId: number, scope: ReceiptScope): Promise<ReceiptRow | undefined>;
  /** Open receipts of this process, and of processes that do not run any more; oldest first. */
  listOpen(limit: number): Promise<readonly ReceiptRow[]>;
  /** What other nodes reported of these keys. */
  reports(keyIds: readonly number[]): Promise<readonly NamedReport[]>;
  /** Writes what is still open, in one transaction, and removes the reports of these keys. */
  close(closed: readonly ClosedReceipt[]): Promise<void>;
  /** All keys, oldest first; the last one signs. */
  listKeys(): Promise<readonly ReceiptKeyRow[]>;
  /** Adds the first key, which signs from now on. @returns false when there is one meanwhile */
  addKey(key: NewReceiptKey): Promise<boolean>;
}
