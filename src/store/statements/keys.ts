/** Statements on keys that both engines run. */
import { assignments, boolean, integer, pick } from '../columns.ts';
import { keyNames, keyRow, keyWithAccount, selectOwnedKeys } from '../rows.ts';
import { numberIn, page, statement } from '../statement.ts';
import { keys } from '../tables.ts';

/** What callers may set of a key. */
const settable = pick(
  keys,
  'name',
  'state',
  'expiresAt',
  'remainQuota',
  'unlimitedQuota',
  'modelLimitsEnabled',
  'modelLimits',
  'allowIps',
  'group',
  'crossGroupRetry',
  'requestsPerMinute',
  'tokensPerMinute',
  'concurrentRequests',
  'contentDays',
  'budgetUnits',
  'budgetPeriod',
  'budgetZone',
  'budgetSoftPercent',
);
export const newKey = {
  ...pick(keys, 'accountId', 'digest', 'sealed', 'hint', 'createdAt'),
  ...settable,
} as const;

const { id, accountId, digest } = keys;

export const keySql = {
  byDigest: statement({ digest }, `${selectOwnedKeys} WHERE k.digest = :digest`, keyWithAccount),
  byId: statement({ id }, `${selectOwnedKeys} WHERE k.id = :id`, keyWithAccount),
  ofAccount: statement(
    { id, accountId },
    `SELECT ${keyNames} FROM keys WHERE id = :id AND account_id = :accountId`,
    keyRow,
  ),
  page: statement(
    { accountId, firstId: integer(), ...page },
    `SELECT ${keyNames} FROM keys WHERE account_id = :accountId AND id < :firstId
      ORDER BY id DESC LIMIT :limit OFFSET :offset`,
    keyRow,
  ),
  count: statement(
    { accountId },
    'SELECT key_count FROM accounts WHERE id = :accountId',
    numberIn('key_count'),
  ),
  // A changed budget may be used up again in the same period.
  update: statement(
    { id, ...settable, isBudgetChanged: boolean() },
    `UPDATE keys SET ${assignments(settable)},
        budget_told = CASE WHEN :isBudgetChanged THEN 0 ELSE budget_told END
      WHERE id = :id`,
  ),
} as const;
