/** Batches of the ledger on their way to PostgreSQL: one JSON text each, which costs least to make. */
import { idOf } from '../../domain/accounting/holder.ts';
import type { SettledCharge } from '../../domain/accounting/ledger-batch.ts';
import type { ReservationRequest } from '../../domain/accounting/terms.ts';
import type { JobEnding } from '../../domain/job.ts';
import type { Settlement } from '../ledger-store.ts';
import { encodeDetail } from '../record-detail.ts';
import { mayBeUnstorable, storable, storableSettlement } from './storable.ts';

/** Who holds reservations: what its process leaves behind can be told from what others hold. */
export interface ReservationOwner {
  readonly nodeId: string;
  readonly processId: string;
}

/** A settlement as it is written. */
export interface SettledRow extends Omit<SettledCharge, 'holders'> {
  readonly accountId: number;
  readonly keyId: number;
  readonly detail: string;
  /** In base64. */
  readonly content: string | null;
  readonly contentExpiresAt: number;
}

/** One that ends a job, which `settle_plain` cannot. */
export interface JobSettledRow extends SettledRow {
  readonly job: JobEnding;
}

export interface SettlementBatch {
  readonly rows: readonly SettledRow[];
  /** For `settle_plain`: of `rows`. */
  readonly json: string;
  readonly ofJobs: readonly JobSettledRow[];
}

/** For `reserve_plain`, in the order in which it takes the members. */
export function reservationJson(requests: readonly ReservationRequest[]): string {
  return JSON.stringify(
    requests.map(({ requestId, holders, units, at }) => {
      return [requestId, idOf(holders, 'account'), idOf(holders, 'key'), units, at];
    }),
  );
}

export function settlementBatch(settlements: readonly Settlement[]): SettlementBatch {
  const ofJobs = settlements.flatMap(jobRow);
  const others = ofJobs.length === 0 ? settlements : settlements.filter(({ job }) => !job);
  const rows = others.map(settledRow);
  const json = settledJson(rows);
  if (!mayBeUnstorable(json)) return { rows, json, ofJobs };
  const written = others.map((settlement) => settledRow(storableSettlement(settlement)));
  return { rows: written, json: settledJson(written), ofJobs };
}

function jobRow(settlement: Settlement): readonly JobSettledRow[] {
  const { job } = settlement;
  if (!job) return [];
  return [{ ...settledRow(storableSettlement(settlement)), job: { ...job, failure: storable(job.failure) } }];
}

function settledRow({ record, reserved, content }: Settlement): SettledRow {
  const { requestId, type, createdAt, accountId, keyId, model, units, detail } = record;
  const { inputTokens, outputTokens } = detail;
  return {
    requestId,
    type,
    createdAt,
    accountId,
    keyId,
    model,
    units,
    reserved,
    inputTokens,
    outputTokens,
    detail: encodeDetail(detail),
    content: content ? base64(content.sealed) : null,
    contentExpiresAt: content?.expiresAt ?? 0,
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** In the order in which `settle_plain` takes the members, which is that of the rows. */
function settledJson(rows: readonly SettledRow[]): string {
  return JSON.stringify(rows.map((row) => Object.values(row)));
}
