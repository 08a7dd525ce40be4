/**
 * Whether memory is true: compares records held in memory with what the database says. A change that is still on its
 * way here makes them differ for a moment, rightly; so what differs is looked at again when that must be over.
 * After Meta's Polaris: the count of wrong ones is to stay 0.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KeyWithAccount, StoreBase } from '../store/store.ts';
import { type AccessRecord, compileRecord } from './access-record.ts';

export type HeldRecord = readonly [digestKey: string, record: AccessRecord];

export interface CacheTruthOptions {
  readonly store: Pick<StoreBase, 'findKeysByDigests'>;
  readonly selectableGroups: readonly string[];
  /** What memory holds for a digest now. */
  readonly held: (digestKey: string) => AccessRecord | undefined;
  /** Resolves when every change that is committed by now has been carried out here. */
  readonly settled: () => Promise<void>;
}

/**
 * @param sample records held in memory
 * @returns those that memory still holds although the database has said otherwise for long
 */
export async function findWrong(
  sample: readonly HeldRecord[],
  options: CacheTruthOptions,
): Promise<readonly HeldRecord[]> {
  const suspects = await findDiffering(sample, options);
  if (suspects.length === 0) return [];
  await options.settled();
  return findDiffering(suspects, options);
}

async function findDiffering(
  sample: readonly HeldRecord[],
  { store, selectableGroups, held }: CacheTruthOptions,
): Promise<readonly HeldRecord[]> {
  const rows = await store.findKeysByDigests(sample.map(([digestKey]) => Buffer.from(digestKey, 'latin1')));
  return sample.filter(
    ([digestKey, record], at) =>
      // One that was put out or read again meanwhile says nothing.
      held(digestKey) === record && !isTrue(record, rows[at], selectableGroups),
  );
}

function isTrue(
  record: AccessRecord,
  row: KeyWithAccount | undefined,
  selectableGroups: readonly string[],
): boolean {
  if (!row) return false;
  const { ips, ...rest } = record;
  const { ips: ipsNow, ...restNow } = compileRecord(row, selectableGroups);
  return ips?.text === ipsNow?.text && isDeepStrictEqual(rest, restNow);
}
