/** Worker thread that writes the ledger, so that a wait for the disk never delays a request. */
import { workerData } from 'node:worker_threads';
import type { ReservationRequest } from '../../domain/accounting/terms.ts';
import { serveHandlers } from '../../platform/worker-handlers.ts';
import { Connection } from './connection.ts';
import { type Flat, unflatten } from './flat-settlement.ts';
import { releaseReservations, reserve, settle } from './ledger-writer.ts';

/** Long, since only other writers of this process hold the lock, and nothing but the ledger waits here. */
const lockWaitMs = 10_000;

const connection = new Connection(workerData as string, lockWaitMs);

const handlers = {
  reserve(requests: readonly ReservationRequest[]) {
    // Lost to a power cut it is only released a little early.
    connection.setDurable(false);
    return reserve(connection, requests);
  },
  settle({ flat, durable }: { readonly flat: Flat; readonly durable: boolean }) {
    connection.setDurable(durable);
    return settle(connection, unflatten(flat));
  },
  release: () => releaseReservations(connection),
  close: () => connection.close(),
};

export type LedgerHandlers = typeof handlers;

serveHandlers(handlers);
