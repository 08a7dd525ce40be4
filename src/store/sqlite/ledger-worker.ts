/** Worker thread that writes the ledger, so that a wait for the disk never delays a request. */
import { workerData } from 'node:worker_threads';
import type { BudgetAlert, ReservationRequest } from '../../domain/accounting/terms.ts';
import { serveHandlers } from '../../platform/worker-handlers.ts';
import type { ReservationResult } from '../ledger-store.ts';
import { Connection } from './connection.ts';
import { applyDeferred, defer } from './deferred-settlements.ts';
import { type Flat, unflatten } from './flat-settlement.ts';
import { applySettlements, releaseReservations, reserve } from './ledger-writer.ts';

/** Long, since only other writers of this process hold the lock, and nothing but the ledger waits here. */
const lockWaitMs = 10_000;

const connection = new Connection(workerData as string, lockWaitMs);
// What this connection deletes holds no secrets, and overwriting it would cost a write for each page.
connection.exec('PRAGMA secure_delete = OFF');

export interface ReservationWrite {
  readonly requests: readonly ReservationRequest[];
  /** Whether balances that it judges may lack deferred settlements. */
  readonly afterDeferred: boolean;
}

/** What one commit of settlements writes. */
export interface SettlementWrite {
  /** Those that are applied now, as `flatten` made them. */
  readonly flat: Flat;
  /** Those that are applied later, as `deferredText` made them; '' = none. */
  readonly deferred: string;
  readonly durable: boolean;
}

const handlers = {
  reserve({ requests, afterDeferred }: ReservationWrite): ReservationResult {
    // Lost to a power cut it is only released a little early.
    connection.setDurable(false);
    const applied = afterDeferred ? applyDeferred(connection) : [];
    const { outcomes, alerts } = reserve(connection, requests);
    return { outcomes, alerts: [...applied, ...alerts] };
  },
  settle({ flat, deferred, durable }: SettlementWrite): readonly BudgetAlert[] {
    connection.setDurable(durable);
    // A single statement needs no transaction around it.
    if (flat.length === 0) {
      if (deferred !== '') defer(connection, deferred);
      return [];
    }
    return connection.transaction(() => {
      if (deferred !== '') defer(connection, deferred);
      return applySettlements(connection, unflatten(flat));
    });
  },
  applyDeferred() {
    // Undone by a power cut it is done again: until it is on the disk, what was deferred is there.
    connection.setDurable(false);
    return applyDeferred(connection);
  },
  release: () => releaseReservations(connection),
  close: () => connection.close(),
};

export type LedgerHandlers = typeof handlers;

serveHandlers(handlers);
