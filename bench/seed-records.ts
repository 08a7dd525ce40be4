/**
 * Fills a database with records directly, as the ledger would have written them: 90 days of 50 accounts with four keys
 * each, and one rarely used model.
 */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { emptyDetail, encodeDetail } from '../src/store/record-detail.ts';
import { openConnection } from '../src/store/sqlite/open.ts';

const accounts = 50;
const keysPerAccount = 4;
export const days = 90;
/** The start of an hour, in seconds since 1970. */
export const seededFrom = 1_790_000_000 - (1_790_000_000 % 3600);
export const rareModel = 'model-rare';
const rareEvery = 50_000;

const rowsPerInsert = 200_000;

const detail = encodeDetail({
  ...emptyDetail,
  username: 'user-17',
  keyName: 'program 3',
  channelName: 'an upstream',
  channelId: 3,
  group: 'default',
  clientAddress: '192.0.2.117',
  operation: 'chat.completions',
  path: '/v1/chat/completions',
  stream: true,
  status: 200,
  outcome: 'completed',
  inputTokens: 1210,
  outputTokens: 345,
  firstByteMs: 420,
  totalMs: 5210,
  attempts: 1,
  priceId: 1,
  responseId: 'chatcmpl-0123456789abcdefghijklmn',
});

/** @param base the ids of accounts and keys begin after it */
const holders = (base: number) => `
INSERT INTO accounts (id, username, display_name, email, role, state, group_name, quota, unlimited_quota,
    password_hash, access_token_digest, created_at, key_count)
  WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${accounts})
  SELECT ${base} + n, 'user-' || n, '', '', 1, 'enabled', 'default', 0, 1, '', NULL, 0, ${keysPerAccount} FROM n;
INSERT INTO keys (id, account_id, digest, sealed, hint, name, state, created_at, accessed_at, expires_at,
    remain_quota, unlimited_quota, model_limits_enabled, model_limits, allow_ips, group_name, cross_group_retry)
  WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${accounts * keysPerAccount})
  SELECT ${base} + n, ${base} + 1 + n % ${accounts}, randomblob(32), NULL, '', 'program', 'enabled', 0, 0, -1, 0, 1, 0, '', NULL, '', 0
  FROM n;`;

/** ?1 first row, ?2 last row, ?3 total rows, ?4 detail. */
const insert = (
  base: number,
) => `INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
  WITH RECURSIVE n (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2),
    r (n, key) AS (SELECT n, 1 + (n * 7919) % ${accounts * keysPerAccount} FROM n)
  SELECT printf('req-%016d', n), iif(n % 100 = 0, 5, 2), ${seededFrom} + n * ${days * 86_400} / ?3,
    ${base} + 1 + key % ${accounts}, ${base} + key,
    iif(n % ${rareEvery} = 0, '${rareModel}', 'model-' || (key % 10 + n % 2)), iif(n % 100 = 0, 0, 17), 0, ?4
  FROM r`;

const totals = (base: number) => `
INSERT INTO hourly SELECT account_id, created_at - created_at % 3600, key_id, model, sum(type = 2), sum(type = 5),
  sum(units), sum((type = 2) * 1210), sum((type = 2) * 345) FROM records
  WHERE key_id > ${base} GROUP BY 1, 2, 3, 4;
INSERT INTO usage_quarters SELECT created_at - created_at % 900, account_id, key_id, model, 3, 'default',
  sum(type = 2), sum(type = 5), sum(units), sum((type = 2) * 1210), sum((type = 2) * 345), 0, sum((type = 2) * 420),
  sum((type = 2) * (5210 - 420)), sum((type = 2) * 345), 0, 0, sum(type = 2), 0, 0, 0, 0, 0, 0 FROM records
  WHERE key_id > ${base} GROUP BY 1, 2, 3, 4;
UPDATE keys SET used_quota = units
  FROM (SELECT key_id, sum(units) AS units FROM hourly GROUP BY key_id) AS used WHERE used.key_id = keys.id AND id > ${base};
UPDATE accounts SET used_quota = units, request_count = requests
  FROM (SELECT account_id, sum(units) AS units, sum(requests) AS requests FROM hourly GROUP BY account_id) AS used
  WHERE used.account_id = accounts.id AND id > ${base};`;

/** @param dir an empty or missing directory */
export function seedRecords(dir: string, rows: number): void {
  const { connection, path } = openConnection(dir);
  connection.close();
  addRecords(path, rows, 0);
}

/**
 * Adds accounts, keys and records to a database without records. A gateway that does nothing may be running on it.
 * @param base no account or key has a higher id
 */
export function addRecords(path: string, rows: number, base: number): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; PRAGMA wal_autocheckpoint = 20000');
  database.exec(holders(base));
  const statement = database.prepare(insert(base));
  for (let first = 1; first <= rows; first += rowsPerInsert) {
    // SQLite would store plain numbers as fractions.
    statement.run(BigInt(first), BigInt(Math.min(first + rowsPerInsert - 1, rows)), BigInt(rows), detail);
  }
  database.exec(totals(base));
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  // Otherwise the first durable record of a gateway would wait until all of this is on the disk.
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}
