/** Statements on accounts and their sessions that both engines run. */
import { assignments, boolean, bytes, integer, names, parameters, pick, reader, text } from '../columns.ts';
import { accountNames, accountRow } from '../rows.ts';
import { numberIn, page, statement } from '../statement.ts';
import { accounts, sessions } from '../tables.ts';

/** What callers may set of an account. */
const settable = pick(
  accounts,
  'username',
  'displayName',
  'email',
  'role',
  'state',
  'group',
  'quota',
  'unlimitedQuota',
  'passwordHash',
  'accessTokenDigest',
  'budgetUnits',
  'budgetPeriod',
  'budgetZone',
  'budgetSoftPercent',
);
const newAccount = { ...pick(accounts, 'createdAt'), ...settable } as const;

const { id, username } = accounts;
const digest = bytes();

export const accountSql = {
  byId: statement({ id }, `SELECT ${accountNames} FROM accounts WHERE id = :id`, accountRow),
  byUsername: statement(
    { username },
    `SELECT ${accountNames} FROM accounts WHERE username = :username`,
    accountRow,
  ),
  byAccessToken: statement(
    { digest },
    `SELECT ${accountNames} FROM accounts WHERE access_token_digest = :digest`,
    accountRow,
  ),
  count: statement({}, 'SELECT count(*) AS total FROM accounts', numberIn('total')),
  page: statement(
    { firstId: integer(), ...page },
    `SELECT ${accountNames} FROM accounts WHERE id < :firstId ORDER BY id DESC LIMIT :limit OFFSET :offset`,
    accountRow,
  ),
  insert: statement(
    newAccount,
    `INSERT INTO accounts (${names(newAccount)}) VALUES (${parameters(newAccount)})
      ON CONFLICT (username) DO NOTHING RETURNING ${accountNames}`,
    accountRow,
  ),
  // A changed budget may be used up again in the same period.
  update: statement(
    { id, ...settable, isBudgetChanged: boolean() },
    `UPDATE accounts SET ${assignments(settable)},
        budget_told = CASE WHEN :isBudgetChanged THEN 0 ELSE budget_told END
      WHERE id = :id`,
  ),
  remove: statement({ id }, 'DELETE FROM accounts WHERE id = :id'),
} as const;

/** An empty state and a role of 0 stand for any. */
const filter = { keyword: text(), state: text(), role: integer() };
const filtered = "(:state = '' OR state = :state) AND (:role = 0 OR role = :role)";

/** @param matching `FROM accounts WHERE …`, with the parameter `:keyword`; an empty one matches all */
export const accountSearch = (matching: string) => ({
  count: statement(filter, `SELECT count(*) AS total ${matching} AND ${filtered}`, numberIn('total')),
  page: statement(
    { ...filter, firstId: integer(), ...page },
    `SELECT ${accountNames} ${matching} AND ${filtered} AND id < :firstId
      ORDER BY id DESC LIMIT :limit OFFSET :offset`,
    accountRow,
  ),
});

/** By the kind of the credential: whether it authenticates the account now. */
export const credentialSql = {
  token: statement(
    { id, digest },
    "SELECT 1 FROM accounts WHERE id = :id AND state = 'enabled' AND access_token_digest = :digest",
  ),
  session: statement(
    { id, digest },
    `SELECT 1 FROM accounts AS a JOIN sessions AS s ON s.account_id = a.id
      WHERE a.id = :id AND a.state = 'enabled' AND s.digest = :digest`,
  ),
  setup: statement(
    { id, digest },
    `SELECT 1 FROM accounts AS a JOIN setup_codes AS s ON s.account_id = a.id
      WHERE a.id = :id AND a.state = 'enabled' AND s.digest = :digest`,
  ),
} as const;

export const sessionSql = {
  byDigest: statement(
    { digest },
    `SELECT ${names(sessions)} FROM sessions WHERE digest = :digest`,
    reader(sessions),
  ),
  remove: statement(
    { digest },
    `DELETE FROM sessions WHERE digest = :digest RETURNING ${names(sessions)}`,
    reader(sessions),
  ),
  removeOf: statement(pick(sessions, 'accountId'), 'DELETE FROM sessions WHERE account_id = :accountId'),
  removeExpired: statement({ now: integer() }, 'DELETE FROM sessions WHERE expires_at <= :now'),
} as const;

/**
 * The text of an insertion, but for a lock that one engine adds. A session of an account that is gone is not kept, rather
 * than an error: it authenticates nobody.
 */
export const insertSessionText = `INSERT INTO sessions
    (digest, account_id, created_at, expires_at, address, user_agent, last_used_at)
  SELECT :digest, id, :createdAt, :expiresAt, :address, :userAgent, :lastUsedAt FROM accounts WHERE id = :accountId`;
