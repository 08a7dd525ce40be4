/** Statements on prices, balance entries, alerts and request contents that both engines run. */
import { holdersOf } from '../../domain/accounting/holder.ts';
import { type BudgetAlert, recordTypes } from '../../domain/accounting/terms.ts';
import { integer, names, omit, parameters, pick, type Row, reader, text } from '../columns.ts';
import { booleanIn, numberIn, statement } from '../statement.ts';
import { accounts, alerts, balanceEntries, contents, multipliers, prices, records } from '../tables.ts';

const newPrice = omit(prices, 'id', 'removed');
const { model, effectiveFrom } = prices;
export const priceRow = reader(omit(prices, 'removed'));

export const priceSql = {
  all: statement({}, 'SELECT * FROM prices WHERE NOT removed ORDER BY model, effective_from', priceRow),
  any: statement({}, 'SELECT EXISTS (SELECT 1 FROM prices) AS found', booleanIn('found')),
  insert: statement(newPrice, `INSERT INTO prices (${names(newPrice)}) VALUES (${parameters(newPrice)})`),
  removeOne: statement(
    { model, effectiveFrom },
    'UPDATE prices SET removed = true WHERE model = :model AND effective_from = :effectiveFrom AND NOT removed',
  ),
  removeAll: statement({ model }, 'UPDATE prices SET removed = true WHERE model = :model AND NOT removed'),
} as const;

export const multiplierSql = {
  all: statement({}, 'SELECT * FROM multipliers ORDER BY group_name, effective_from', reader(multipliers)),
  set: statement(
    multipliers,
    `INSERT INTO multipliers (${names(multipliers)}) VALUES (${parameters(multipliers)})
      ON CONFLICT (group_name, effective_from) DO UPDATE SET multiplier = excluded.multiplier`,
  ),
  remove: statement(pick(multipliers, 'group'), 'DELETE FROM multipliers WHERE group_name = :group'),
} as const;

const newEntry = omit(balanceEntries, 'id');
export const balanceEntryRow = reader(omit(balanceEntries, 'keyId'));

export const entrySql = {
  insert: statement(
    newEntry,
    `INSERT INTO journal (${names(newEntry)}) VALUES (${parameters(newEntry)})
      ON CONFLICT (reference) DO NOTHING RETURNING id`,
    numberIn('id'),
  ),
  sum: statement(
    pick(balanceEntries, 'accountId'),
    'SELECT coalesce(sum(units), 0) AS units FROM journal WHERE account_id = :accountId AND key_id = 0',
    numberIn('units'),
  ),
  byReference: statement({ reference: text() }, 'SELECT 1 FROM journal WHERE reference = :reference'),
} as const;

const topupColumns = pick(records, 'requestId', 'createdAt', 'accountId', 'units', 'detail');

export const topupSql = {
  raise: statement(
    { id: integer(), units: integer() },
    'UPDATE accounts SET quota = quota + :units WHERE id = :id',
  ),
  record: statement(
    topupColumns,
    `INSERT INTO records (${names(topupColumns)}, type, key_id, model, drawn)
      VALUES (${parameters(topupColumns)}, ${recordTypes.topup}, 0, '', 0)`,
  ),
} as const;

/** What a top-up reads of its account. */
export const topupAccount = reader(pick(accounts, 'username', 'quota'));

const readAlert = reader(alerts);

export function alertRow(row: Row): BudgetAlert {
  const { accountId, keyId, ...alert } = readAlert(row);
  return { ...alert, holders: holdersOf({ accountId, keyId }) };
}

const { id } = alerts;

export const alertSql = {
  due: statement(
    { now: integer(), limit: integer() },
    'SELECT * FROM notices WHERE next_attempt_at <= :now ORDER BY next_attempt_at, id LIMIT :limit',
    alertRow,
  ),
  remove: statement({ id }, 'DELETE FROM notices WHERE id = :id'),
  defer: statement(
    pick(alerts, 'id', 'attempts', 'nextAttemptAt'),
    'UPDATE notices SET attempts = :attempts, next_attempt_at = :nextAttemptAt WHERE id = :id',
  ),
} as const;

export const contentSql = {
  sealed: statement(
    { ...pick(contents, 'requestId'), now: integer() },
    'SELECT sealed FROM contents WHERE request_id = :requestId AND expires_at > :now',
    (row: Row) => row.sealed as Uint8Array,
  ),
} as const;

export const recordRow = reader(omit(records, 'chargedTo'));
