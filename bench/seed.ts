/**
 * Fills the database of a stopped gateway in a process of its own: inserts accounts with keys directly, in one
 * transaction, since a million API calls would take an hour.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { digestOf } from '../src/domain/digest.ts';
import { keyHint, makeKeyValue } from '../src/domain/format.ts';
import { seal } from '../src/domain/seal.ts';
import { SecretRing } from '../src/domain/secret-ring.ts';
import { systemRandom } from '../src/platform/random.ts';
import { databaseFileName } from '../src/store/sqlite/open.ts';
import { type Seeded, type SeedOrder, seedSecret, seedToken } from './seed-order.ts';

const createdAt = 1_790_000_000;
/** Values kept for the load generator; more than the gateway caches. */
const sampleMax = 100_000;

const insertAccount = `INSERT INTO accounts (id, username, display_name, email, role, state, group_name, quota,
  unlimited_quota, password_hash, access_token_digest, created_at, key_count)
  VALUES (?, ?, ?, '', 1, 'enabled', 'default', 0, 1, '', ?, ?, ?)`;
const insertKey = `INSERT INTO keys (account_id, digest, sealed, hint, name, state, created_at, accessed_at,
  expires_at, remain_quota, unlimited_quota, model_limits_enabled, model_limits, allow_ips, group_name,
  cross_group_retry) VALUES (?, ?, ?, ?, ?, 'enabled', ?, ?, -1, 0, 1, 0, '', NULL, '', 0)`;

function fill({ dataDir, accounts, keysPerAccount, wideKeys }: SeedOrder): Seeded {
  const database = new DatabaseSync(join(dataDir, databaseFileName));
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN IMMEDIATE');
  const account = database.prepare(insertAccount);
  const key = database.prepare(insertKey);
  const secrets = new SecretRing(Buffer.from(seedSecret, 'hex'));
  const sample: string[] = [];
  const sampleShare = Math.min(1, sampleMax / (accounts * keysPerAccount));

  const addAccount = (id: number, keys: number) => {
    account.run(id, `user-${id}`, `User ${id}`, digestOf(seedToken(id)), createdAt, keys);
    for (let number = 1; number <= keys; number += 1) {
      const { value, body } = makeKeyValue(systemRandom);
      const digest = digestOf(body);
      const sealed = seal(secrets, systemRandom, value, digest);
      key.run(id, digest, sealed, keyHint(body), `key ${number}`, createdAt, createdAt);
      // Distribute the sample over all keys, so that lookups hit the whole index.
      if (sample.length < sampleShare * (id - firstId) * keysPerAccount + sampleShare * number)
        sample.push(value);
    }
  };
  const firstId = 2; // 1 is root.
  for (let id = firstId; id < firstId + accounts; id += 1) addAccount(id, keysPerAccount);
  const wideId = firstId + accounts;
  if (wideKeys > 0) addAccount(wideId, wideKeys);
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');

  const first = database.prepare('SELECT min(id) AS id FROM keys WHERE account_id = ?').get(firstId);
  database.close();
  const valuesFile = `${dataDir}-values.txt`;
  writeFileSync(valuesFile, sample.join('\n'));
  const tokensFile = `${dataDir}-tokens.txt`;
  writeFileSync(
    tokensFile,
    Array.from({ length: accounts }, (_, index) => seedToken(firstId + index)).join('\n'),
  );
  return { valuesFile, tokensFile, firstAccountId: firstId, firstKeyId: Number(first?.id), wideId };
}

process.once('message', (order: SeedOrder) => {
  process.send?.(fill(order));
  process.disconnect?.();
});
