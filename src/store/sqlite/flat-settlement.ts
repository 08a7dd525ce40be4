/**
 * Settlements on their way to the thread that writes them, and in the database until they are applied: one flat list for a
 * whole batch, since a copy of that costs a fraction of a copy of objects.
 */
import { holdersOf } from '../../domain/accounting/holder.ts';
import type { SettledCharge } from '../../domain/accounting/ledger-batch.ts';
import type { QuarterCharge } from '../../domain/accounting/quarters.ts';
import type { JobEnding } from '../../domain/job.ts';
import type { Settlement } from '../ledger-store.ts';
import { encodeDetail } from '../record-detail.ts';

/** What the thread needs of a settlement. */
export interface FlatSettlement extends SettledCharge, QuarterCharge {
  readonly detail: string;
  readonly sealedContent: Uint8Array | null;
  readonly contentExpiresAt: number;
}

export type Flat = (string | number | boolean | Uint8Array | null)[];

const width = 20;

export function flatten(settlements: readonly Settlement[]): Flat {
  const flat: Flat = [];
  for (const { record, reserved, content, job } of settlements) {
    const { detail } = record;
    flat.push(
      record.requestId,
      record.type,
      record.createdAt,
      record.accountId,
      record.keyId,
      record.model,
      record.units,
      reserved,
      detail.inputTokens,
      detail.outputTokens,
      encodeDetail(detail),
      content?.sealed ?? null,
      content?.expiresAt ?? 0,
      detail.channelId,
      detail.group,
      detail.cachedTokens,
      detail.stream,
      detail.firstByteMs,
      detail.totalMs,
      job ? JSON.stringify(job) : null,
    );
  }
  return flat;
}

/** @param flat what `flatten` made */
export function unflatten(flat: Flat): readonly FlatSettlement[] {
  const settlements: FlatSettlement[] = [];
  for (let at = 0; at < flat.length; at += width) {
    const job = flat[at + 19] as string | null;
    const [accountId, keyId] = [flat[at + 3] as number, flat[at + 4] as number];
    settlements.push({
      requestId: flat[at] as string,
      type: flat[at + 1] as number,
      createdAt: flat[at + 2] as number,
      accountId,
      keyId,
      holders: holdersOf({ accountId, keyId }),
      model: flat[at + 5] as string,
      units: flat[at + 6] as number,
      reserved: flat[at + 7] as boolean,
      inputTokens: flat[at + 8] as number,
      outputTokens: flat[at + 9] as number,
      detail: flat[at + 10] as string,
      sealedContent: flat[at + 11] as Uint8Array | null,
      contentExpiresAt: flat[at + 12] as number,
      channelId: flat[at + 13] as number,
      group: flat[at + 14] as string,
      cachedTokens: flat[at + 15] as number,
      stream: flat[at + 16] as boolean,
      firstByteMs: flat[at + 17] as number,
      totalMs: flat[at + 18] as number,
      ...(job !== null && { job: JSON.parse(job) as JobEnding }),
    });
  }
  return settlements;
}
