/** Finds the records of a realtime session that come before and after one of its records. */
import { realtimeRecordId, realtimeRecordPlace } from '../../domain/realtime-record.ts';
import type { StoredRecord } from '../../store/ledger-store.ts';
import type { StoreBase } from '../../store/store.ts';
import type { LogDetail } from './schemas.ts';

type Reads = Pick<StoreBase, 'listRecords'>;

/** A response that was never sent has a number and no record. After so many the session counts as over. */
const gapMax = 8;

/** @returns null for what belongs to no session */
export async function sessionOf(reads: Reads, record: StoredRecord): Promise<LogDetail['session']> {
  const place = record.detail.operation === 'realtime' ? realtimeRecordPlace(record.requestId) : undefined;
  if (!place) return null;
  const [previous, next] = await Promise.all(
    [-1, 1].map((step) => nearest(reads, record, place.session, place.ordinal, step)),
  );
  return {
    request_id: place.session,
    number: place.ordinal,
    previous: previous ?? '',
    next: next ?? '',
  };
}

/** @param step -1 = backwards, 1 = forwards */
async function nearest(
  reads: Reads,
  { accountId }: StoredRecord,
  session: string,
  ordinal: number,
  step: number,
): Promise<string | undefined> {
  const last = step < 0 ? Math.max(1, ordinal - gapMax) : ordinal + gapMax;
  for (let at = ordinal + step; (last - at) * step >= 0; at += step) {
    const requestId = realtimeRecordId(session, at);
    const { items } = await reads.listRecords({ requestId, accountId }, { offset: 0, limit: 1 }, 0);
    if (items.length > 0) return requestId;
  }
  return undefined;
}
