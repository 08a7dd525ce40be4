/**
 * The thread that writes the ledger, so that waiting for the disk never holds up a request. It answers its
 * messages one by one, in their order.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { ReservationRequest } from '../../domain/accounting/terms.ts';
import { HalleyError } from '../../platform/errors.ts';
import { Connection } from './connection.ts';
import { type Flat, unflatten } from './flat-settlement.ts';
import { releaseReservations, reserve, settle } from './ledger-writer.ts';

export type LedgerOrder =
  | { readonly kind: 'reserve'; readonly requests: readonly ReservationRequest[] }
  | { readonly kind: 'settle'; readonly flat: Flat; readonly durable: boolean }
  | { readonly kind: 'release' }
  | { readonly kind: 'close' };

export type LedgerReply =
  | { readonly result: unknown }
  /** `unavailable` = the database could not answer; otherwise the order was wrong. */
  | { readonly error: string; readonly unavailable: boolean };

/** Long, since only other writers of this process hold the lock, and nothing but the ledger waits here. */
const lockWaitMs = 10_000;

const connection = new Connection(workerData as string, lockWaitMs);

function carryOut(order: LedgerOrder): unknown {
  switch (order.kind) {
    case 'reserve':
      // Lost to a power cut it is only released a little early.
      connection.setDurable(false);
      return reserve(connection, order.requests);
    case 'settle':
      connection.setDurable(order.durable);
      return settle(connection, unflatten(order.flat));
    case 'release':
      return releaseReservations(connection);
    case 'close':
      return connection.close();
  }
}

parentPort?.on('message', (order: LedgerOrder) => {
  let reply: LedgerReply;
  try {
    reply = { result: carryOut(order) };
  } catch (error) {
    const unavailable = error instanceof HalleyError;
    reply = { error: (unavailable && error.log) || String(error), unavailable };
  }
  parentPort?.postMessage(reply);
});
