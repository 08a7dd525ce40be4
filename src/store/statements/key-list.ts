/**
 * What both engines list and count keys by: conditions on keys `k` and their accounts `a`, and orders. The texts do not
 * depend on the filter, so that there are few statements.
 */
import { keyStatus } from '../../domain/key.ts';
import { idleDays, keyRisks, removableDays } from '../../domain/key-risk.ts';
import type { Row } from '../columns.ts';
import type { KeyCounts, KeyFilter, KeyLook, KeyOrder, KeySort } from '../key-list.ts';
import type { Parameters } from '../statement.ts';

/** Where the two engines differ. */
export interface KeyListDialect {
  /** The name with ASCII letters in lower case. */
  readonly lowerName: string;
  /** What names are ordered by. */
  readonly namePlace: string;
  /** The function that returns the position of its second argument in the first; 0 = it is not in there. */
  readonly position: string;
}

const secondsPerDay = 86_400;
/** Larger than every role. */
const largestRole = 1_000_000;
const largest = Number.MAX_SAFE_INTEGER;

const statusNames = ['enabled', 'disabled', 'expired', 'exhausted'] as const;
/** A bit for each status, so that one number says which are wanted. */
const bitOf = (status: number) => 2 ** (status - 1);
const allStatuses = statusNames.reduce((bits, name) => bits + bitOf(keyStatus[name]), 0);

/** As `statusOf` of the domain. */
const statusBit = `CASE WHEN k.state = 'disabled' THEN ${bitOf(keyStatus.disabled)}
  WHEN k.expires_at <> -1 AND k.expires_at <= :now THEN ${bitOf(keyStatus.expired)}
  WHEN NOT k.unlimited_quota AND k.remain_quota <= 0 THEN ${bitOf(keyStatus.exhausted)}
  ELSE ${bitOf(keyStatus.enabled)} END`;
const isUsable = `(${statusBit}) = ${bitOf(keyStatus.enabled)}`;

const riskConditions = {
  no_limit: `${isUsable} AND k.unlimited_quota AND k.budget_units IS NULL`,
  never_expires: `${isUsable} AND k.expires_at = -1`,
  idle: `${isUsable} AND k.accessed_at < :idleSince AND k.created_at < :idleSince`,
  removable: `NOT ${isUsable} AND k.accessed_at < :removableSince AND k.created_at < :removableSince`,
} as const;

const countIf = (name: string, condition: string) => `count(*) FILTER (WHERE ${condition}) AS ${name}`;

/** The columns that `countsIn` reads. */
export const countedColumns = [
  'count(*) AS total',
  ...statusNames.map((name) => countIf(name, `(${statusBit}) = ${bitOf(keyStatus[name])}`)),
  ...keyRisks.map((risk) => countIf(risk, riskConditions[risk])),
].join(', ');

type Counts = Omit<KeyCounts, 'complete'>;

const counted = ['total', ...statusNames, ...keyRisks] as const;

const countsOf = (count: (name: keyof Counts) => number) =>
  Object.fromEntries(counted.map((name) => [name, count(name)])) as Record<keyof Counts, number>;

export const countsIn = (row: Row): Counts => countsOf((name) => Number(row[name]));
export const noCounts: Counts = countsOf(() => 0);

export function addCounts(one: Counts, other: Counts): Counts {
  return countsOf((name) => one[name] + other[name]);
}

/** Which accounts the keys may belong to. */
export const scopeCondition = '(a.role < :scopeRole OR a.id = :scopeId)';

/** All other conditions of a filter but `accountId`. Every text is in an empty one's. */
export const filterCondition = ({ lowerName, position }: KeyListDialect) => `
  ((${statusBit}) & :statuses) > 0
  AND (:group = '' OR k.group_name = :group OR (k.group_name = '' AND a.group_name = :group))
  AND (NOT k.model_limits_enabled OR ${position}(',' || k.model_limits || ',', :listedModel) > 0)
  AND (${position}(${lowerName}, :lowerText) > 0 OR ${position}(k.hint, :text) > 0)
  AND CASE :risk ${keyRisks.map((risk) => `WHEN '${risk}' THEN ${riskConditions[risk]}`).join(' ')} ELSE true END`;

const asciiLower = (given: string) => given.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Parameters of all conditions of a filter and of `countedColumns`. */
export function parametersOf(filter: KeyFilter, { now }: KeyLook): Parameters {
  const { accountId = 0, scope, text = '', statuses, group = '', model, risk = '' } = filter;
  return {
    accountId,
    scopeRole: scope?.role ?? largestRole,
    scopeId: scope?.id ?? 0,
    now,
    idleSince: now - idleDays * secondsPerDay,
    removableSince: now - removableDays * secondsPerDay,
    statuses: statuses ? [...new Set(statuses)].reduce((bits, each) => bits + bitOf(each), 0) : allStatuses,
    group,
    listedModel: model === undefined ? '' : `,${model},`,
    lowerText: asciiLower(text),
    text,
    risk,
  };
}

/** What keys are ordered by; with their ids it makes the order complete. */
export const placesOf = ({ namePlace }: KeyListDialect): Readonly<Record<KeySort, string>> => ({
  created: 'k.id',
  name: namePlace,
  last_used: 'k.accessed_at',
  used: 'k.used_quota',
  remaining: `CASE WHEN k.unlimited_quota THEN ${largest} ELSE k.remain_quota END`,
  expires: `CASE WHEN k.expires_at = -1 THEN ${largest} ELSE k.expires_at END`,
});

/** Whether an index has the page ready: all keys of one account, by their ids. */
export function isPlain({ accountId, ...conditions }: KeyFilter, { by }: KeyOrder): boolean {
  const isBare = Object.values(conditions).every((condition) => condition === undefined);
  return by === 'created' && accountId !== undefined && isBare;
}
