/**
 * Checks the consistency of the key cache: compares cached policies with the database. A pending change
 * legitimately makes them differ for a moment, so the check compares again when this node has caught up. After
 * Meta's Polaris: the count of stale entries must stay 0.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KeyWithAccount, StoreBase } from '../store/store.ts';
import { compilePolicy, type KeyPolicy } from './key-policy.ts';

export type CachedPolicy = readonly [digestKey: string, record: KeyPolicy];

export interface ConsistencyCheckOptions {
  readonly store: Pick<StoreBase, 'findKeysByDigests'>;
  readonly selectableGroups: readonly string[];
  /** Returns the present cache entry of a digest. */
  readonly cached: (digestKey: string) => KeyPolicy | undefined;
  /** Resolves when this node has applied every change that is committed now. */
  readonly caughtUp: () => Promise<void>;
}

/**
 * @param sample cached policies
 * @returns those that stayed cached although the database differs
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
      // An entry that was evicted or read again meanwhile proves nothing.
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
