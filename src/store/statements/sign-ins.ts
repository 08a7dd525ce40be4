/** Statements on sessions of one account, setup codes and preferences that both engines run. */
import { assignments, bytes, integer, names, omit, parameters, pick, reader } from '../columns.ts';
import { numberIn, page, statement } from '../statement.ts';
import { preferences, sessions, setupCodes } from '../tables.ts';

const now = integer();
const { accountId } = sessions;
const unexpired = 'FROM sessions WHERE account_id = :accountId AND expires_at > :now';
const given = omit(preferences, 'accountId');

export const signInSql = {
  countSessions: statement({ accountId, now }, `SELECT count(*) AS total ${unexpired}`, numberIn('total')),
  // Sorts the sessions of one account. A session of a node of an older version has no time of last use.
  pageOfSessions: statement(
    { accountId, now, ...page },
    `SELECT ${names(sessions)} ${unexpired}
      ORDER BY CASE WHEN last_used_at > created_at THEN last_used_at ELSE created_at END DESC, digest
      LIMIT :limit OFFSET :offset`,
    reader(sessions),
  ),
  noteUse: statement(
    pick(sessions, 'digest', 'lastUsedAt', 'address'),
    `UPDATE sessions SET last_used_at = :lastUsedAt, address = :address
      WHERE digest = :digest AND last_used_at < :lastUsedAt`,
  ),
  endSession: statement(
    { accountId, idBytes: bytes(), length: integer() },
    `DELETE FROM sessions WHERE account_id = :accountId AND substr(digest, 1, :length) = :idBytes
      RETURNING ${names(sessions)}`,
    reader(sessions),
  ),
  endOthers: statement(
    { accountId, kept: bytes() },
    'DELETE FROM sessions WHERE account_id = :accountId AND digest <> :kept',
  ),
  preferencesOf: statement(
    { accountId },
    `SELECT ${names(given)} FROM preferences WHERE account_id = :accountId`,
    reader(given),
  ),
  setPreferences: statement(
    preferences,
    `INSERT INTO preferences (${names(preferences)}) VALUES (${parameters(preferences)})
      ON CONFLICT (account_id) DO UPDATE SET ${assignments(given)}`,
  ),
} as const;

export const setupSql = {
  insert: statement(
    setupCodes,
    `INSERT INTO setup_codes (${names(setupCodes)}) VALUES (${parameters(setupCodes)})`,
  ),
  openOf: statement({ accountId }, 'SELECT 1 FROM setup_codes WHERE account_id = :accountId LIMIT 1'),
  removeExpired: statement(
    { accountId, now },
    'DELETE FROM setup_codes WHERE account_id = :accountId AND expires_at <= :now',
  ),
  byDigest: statement(
    { digest: setupCodes.digest, now },
    `SELECT ${names(setupCodes)} FROM setup_codes WHERE digest = :digest AND expires_at > :now`,
    reader(setupCodes),
  ),
  /** Ends the setup of an account. */
  removeOf: statement({ accountId }, 'DELETE FROM setup_codes WHERE account_id = :accountId'),
} as const;
