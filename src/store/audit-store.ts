/** The interface of the audit log: reading it, and what retention removes. Entries are written by `Changes` only. */
import type { AuditEvent } from '../domain/audit.ts';
import type { AuditAction, AuditObject } from '../domain/audit-terms.ts';

/** A filter of entries; undefined = any. Conditions are joined by AND. */
export interface AuditQuery {
  /** Only this entry. */
  readonly id?: number | undefined;
  readonly actorId?: number | undefined;
  readonly action?: AuditAction | undefined;
  readonly object?: AuditObject | undefined;
  readonly objectId?: number | undefined;
  /** Exact. */
  readonly objectName?: string | undefined;
  readonly ownerId?: number | undefined;
  /** Part of the actor's or the object's name, the address or the request id, in lower case. */
  readonly text?: string | undefined;
  /** Exact. */
  readonly address?: string | undefined;
  /** Milliseconds, both inclusive. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Only entries that come after this one in the order, to continue a listing. */
  readonly beforeId?: number | undefined;
  /**
   * Only objects of this account, of accounts with a lower role, of deleted accounts, and of the gateway. Undefined =
   * of all.
   */
  readonly scope?: { readonly id: number; readonly role: number } | undefined;
}

export interface AuditPage {
  /** Newest first; of the same millisecond, the highest id first. */
  readonly items: readonly AuditEvent[];
  /** For `beforeId` of the next page, which may be empty; undefined = this is the last one. */
  readonly nextBeforeId: number | undefined;
}

export interface AuditStore {
  /** Looks through at most `limits.audit_searched_max` entries, and may therefore find fewer than `limit` of them. */
  list(query: AuditQuery, limit: number): Promise<AuditPage>;
  /** Removes up to `limit` of the oldest entries from before a time, in milliseconds. @returns how many */
  deleteBefore(ms: number, limit: number): Promise<number>;
  /** Erases address and user agent of up to `limit` entries from before a time. @returns of how many */
  eraseAddresses(ms: number, limit: number): Promise<number>;
}
