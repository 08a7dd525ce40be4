/** Creates request records through the store, as the relay does. */

import { recordTypes } from '../../src/domain/accounting/terms.ts';
import type { RecordDetail, UsageRecord } from '../../src/store/ledger-store.ts';
import { emptyDetail } from '../../src/store/record-detail.ts';
import type { Store } from '../../src/store/store.ts';

/** The batch size of the ledger. */
const batchMax = 512;

let requests = 0;

type RecordFields = Partial<Omit<UsageRecord, 'detail'>> & Pick<UsageRecord, 'accountId' | 'createdAt'>;

export function aRecord(fields: RecordFields, detail: Partial<RecordDetail> = {}): UsageRecord {
  requests += 1;
  return {
    requestId: `request-${requests}`,
    type: recordTypes.consume,
    keyId: 0,
    model: 'model-a',
    units: 10,
    ...fields,
    detail: { ...emptyDetail, inputTokens: 3, outputTokens: 2, ...detail },
  };
}

export async function settleAll(store: Store, records: readonly UsageRecord[]): Promise<void> {
  for (let from = 0; from < records.length; from += batchMax) {
    await store.settle(
      records.slice(from, from + batchMax).map((record) => ({ record, reserved: false })),
      false,
    );
  }
}
