/** Notices that wait to be delivered, in SQLite. */
import type { Notice } from '../ledger-store.ts';
import type { Connection } from './connection.ts';

export declare function listNotices(
  connection: Connection,
  nowSeconds: number,
  limit: number,
): readonly Notice[];
export declare function deleteNotice(connection: Connection, id: number): void;
export declare function deferNotice(
  connection: Connection,
  id: number,
  attempts: number,
  nextAttemptAt: number,
): void;
