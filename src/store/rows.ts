/** Rows that are not one member per column: a budget is four columns, and a key is read together with its account. */
import type { Budget, BudgetState } from '../domain/budget.ts';
import type { KeyRow } from '../domain/key.ts';
import type { Tombstone } from '../domain/tombstone.ts';
import { names, namesIn, omit, pick, type Row, type RowOf, reader } from './columns.ts';
import type { AccountRow, KeyWithAccount, RevokedCredentials } from './store.ts';
import { accounts, budget, keys, tombstones } from './tables.ts';

const keyColumns = omit(keys, 'notifiedPeriod');
const accountColumns = omit(accounts, 'notifiedPeriod', 'keyCount');

/** For statements: what `keyRow` and `accountRow` read. */
export const keyNames = names(keyColumns);
export const accountNames = names(accountColumns);

const ownerPrefix = 'owner_';
const keyNamesOf = namesIn(keyColumns, 'k');

/** Keys as `k`, for `keyRow`. */
export const selectKeys = `SELECT ${keyNamesOf} FROM keys AS k`;
/** Keys (`k`) with their accounts (`a`), for `keyWithAccount`. */
export const selectOwnedKeys = `SELECT ${keyNamesOf}, ${namesIn(accountColumns, 'a', ownerPrefix)}
  FROM keys AS k JOIN accounts AS a ON a.id = k.account_id`;

const readKey = reader(keyColumns);
const readAccount = reader(accountColumns);
const readOwner = reader(accountColumns, ownerPrefix);
const readBudget = reader(budget);
const readTombstone = reader(omit(tombstones, 'attempts', 'lastAttemptAt', 'addresses'));

export const keyRow = (row: Row): KeyRow => withBudget(readKey(row));
export const accountRow = (row: Row): AccountRow => withBudget(readAccount(row));
export const keyWithAccount = (row: Row): KeyWithAccount => ({
  key: keyRow(row),
  account: withBudget(readOwner(row)),
});
export const budgetState = (row: Row): BudgetState => withBudget(readBudget(row));
export const tombstoneRow = (row: Row): Tombstone => readTombstone(row);

function withBudget<Flat extends RowOf<typeof budget>>(row: Flat) {
  const { budgetUnits: units, budgetPeriod: period, budgetZone, budgetSoftPercent, ...rest } = row;
  const whole = { period, timeZone: budgetZone, softPercent: budgetSoftPercent };
  return { ...rest, budget: units === null ? null : { units, ...whole } };
}

/** The fields with the columns of their budget. Without a budget only its units say something. */
export function withBudgetColumns<Fields extends { readonly budget: Budget | null }>(fields: Fields) {
  const { units, period, timeZone, softPercent } = fields.budget ?? noBudget;
  return {
    ...fields,
    budgetUnits: units,
    budgetPeriod: period,
    budgetZone: timeZone,
    budgetSoftPercent: softPercent,
  };
}

const noBudget = { units: null, period: 'monthly', timeZone: 'UTC', softPercent: 100 } as const;

/** What a tombstone keeps of a key. */
export const deletedKeyColumns = pick(keys, 'id', 'digest', 'name', 'hint');

export function keyTombstone(
  key: RowOf<typeof deletedKeyColumns>,
  accountId: number,
  deletedAt: number,
): Tombstone {
  return { kind: 'key', ...key, accountId, deletedAt };
}

/** What `revokeCredentials` returns. @param keys tombstones of the keys that were deleted */
export function revokedOf(
  keys: readonly Tombstone[],
  signIns: { readonly tombstone: Tombstone | undefined; readonly sessions: number },
): RevokedCredentials {
  const { tombstone, sessions } = signIns;
  return { keyIds: keys.map(({ id }) => id), accessToken: tombstone !== undefined, sessions };
}
