/** Which numbers of records the totals of quarter hours know. Pure. */
import { recordTypes } from '../domain/accounting/terms.ts';
import type { RecordFilter } from './ledger-store.ts';
import { isWalkable } from './quarter-walk.ts';
import type { UsageDimension } from './usage-store.ts';

/** A value that an index of the totals decides on. */
export type CountedBy = readonly [dimension: UsageDimension, value: string | number];

/** The values of a filter by which its records can be counted in the totals; none = they do not know all of it. */
export function countedBy(filter: RecordFilter): readonly CountedBy[] {
  const { accountId, keyId, model, group, channelId, type, from, to, ...others } = filter;
  const isKnown = Object.values(others).every((value) => value === undefined);
  if (!isKnown || !isWalkable(filter) || model?.includes('%') === true) return [];
  const values = { model, channelId, group, keyId, accountId };
  return Object.entries(values).flatMap(([dimension, value]) =>
    value === undefined ? [] : [[dimension as UsageDimension, value] as const],
  );
}

/** What a row of totals counts of the records of a type. */
export function countColumn(type: RecordFilter['type']): string {
  if (type === recordTypes.consume) return 'requests';
  return type === recordTypes.error ? 'errors' : 'requests + errors';
}

/** A number of records from totals, and the times whose records are still to be counted; undefined = unknown. */
export type KnownCount =
  | { readonly count: number; readonly left: readonly { readonly from: number; readonly to: number }[] }
  | undefined;
