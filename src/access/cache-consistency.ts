/**
 * Checks the consistency of the key cache: compares cached policies with the database. A change that is still on its way
 * here makes them differ for a moment, rightly; so it compares again when this node has caught up. After Meta's Polaris:
 * the count of stale entries is to stay 0.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KeyWithAccount, StoreBase } from '../store/store.ts';
import { compilePolicy, type KeyPolicy } from './key-policy.ts';

export type CachedPolicy = readonly [digestKey: string, record: KeyPolicy];

export interface ConsistencyCheckOptions {
  readonly store: Pick<StoreBase, 'findKeysByDigests'>;
  readonly selectableGroups: readonly string[];
  /** What the cache holds for a digest now. */
  readonly cached: (digestKey: string) => KeyPolicy | undefined;
  /** Resolves when every change that is committed by now is applied here. */
  readonly caughtUp: () => Promise<void>;
}

/**
 * @param sample cached policies
 * @returns those that are still cached although the database has said otherwise for long
 */
export async function findStaleEntries(
  sample: readonly CachedPolicy[],
  options: ConsistencyCheckOptions,
): Promise<readonly CachedPolicy[]> {
  const suspects = await findDiffering(sample, options);
  if (suspects.length === 0) return [];
  await options.caughtUp();
  return findDiffering(suspects, options);
}

async function findDiffering(
  sample: readonly CachedPolicy[],
  { store, selectableGroups, cached }: ConsistencyCheckOptions,
): Promise<readonly CachedPolicy[]> {
  const rows = await store.findKeysByDigests(sample.map(([digestKey]) => Buffer.from(digestKey, 'latin1')));
  return sample.filter(
    ([digestKey, record], index) =>
      // One that was evicted or read again meanwhile says nothing.
      cached(digestKey) === record && !isCurrent(record, rows[index], selectableGroups),
  );
}

function isCurrent(
  record: KeyPolicy,
  row: KeyWithAccount | undefined,
  selectableGroups: readonly string[],
): boolean {
  if (!row) return false;
  const { ips, ...rest } = record;
  const { ips: ipsNow, ...restNow } = compilePolicy(row, selectableGroups);
  return ips?.text === ipsNow?.text && isDeepStrictEqual(rest, restNow);
}
