/**
 * The crash test: the gateway is killed at random moments under load of all protocols, started again on the same
 * data, and what its clients got whole is looked for in its records.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyDatabase } from '../../src/store/sqlite/verify-database.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type LoadKey, sendUntil, type Tally } from './client.ts';
import { startOrderedUpstream } from './upstream.ts';

export interface CrashOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly connections: number;
  readonly onRound?: (round: number, tally: Tally) => void;
}

export interface CrashReport {
  readonly rounds: number;
  readonly requests: number;
  /** Answers that a client had whole. */
  readonly wholes: number;
  readonly broken: number;
  readonly records: number;
  /** Deletions that had been answered. */
  readonly deletions: number;
}

/** Mulberry32: small, seeded, good enough to spread moments over a second. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const token = 'root-token-of-the-crash-test';
const loadMsMax = 1200;
const entryFile = join(import.meta.dirname, '../../src/cli/halley.ts');

/** @throws Error when anything was lost; it names the data directory, which is then kept */
export async function runCrashRounds(options: CrashOptions): Promise<CrashReport> {
  const random = seeded(options.seed);
  const dataDir = await mkdtemp(join(tmpdir(), 'halley-crash-'));
  const upstream = await startOrderedUpstream();
  const start = () =>
    startGateway({ dataDir, env: { HALLEY_BOOTSTRAP_TOKEN: token, HALLEY_LOG_REQUESTS: 'false' } });
  const tally: Tally = { requests: 0, refused: 0, broken: 0, wholes: [] };
  const dead: LoadKey[] = [];
  let gateway = await start();
  try {
    await gateway.createChannel(upstream.origin);
    const keys = await makeKeys(gateway);
    for (let round = 1; round <= options.rounds; round += 1) {
      await killUnderLoad(gateway, keys, random, tally, dead, options.connections);
      // Some are killed again before they have come up.
      if (random() < 0.2) await killWhileStarting(dataDir, random);
      gateway = await start();
      check(dataDir, tally);
      await checkDead(gateway, dead);
      options.onRound?.(round, tally);
    }
    await gateway.stop();
    const records = check(dataDir, tally);
    const { requests, wholes, broken } = tally;
    const { rounds } = options;
    const report = {
      rounds,
      requests,
      wholes: wholes.length,
      broken,
      records,
      lost: 0,
      deletions: dead.length,
    };
    await rm(dataDir, { recursive: true });
    return report;
  } catch (error) {
    await gateway.kill();
    throw new Error(`seed ${options.seed}: the data is kept in ${dataDir}`, { cause: error });
  } finally {
    await upstream.close();
  }
}

/** One of each: unlimited, with a quota, with a budget, with both. */
async function makeKeys(gateway: Gateway): Promise<readonly LoadKey[]> {
  const budget = { budget_quota: 100_000_000, budget_period: 'daily' };
  const quota = { unlimited_quota: false, remain_quota: 100_000_000 };
  return Promise.all([{}, quota, budget, { ...quota, ...budget }].map((fields) => gateway.createKey(fields)));
}

async function killUnderLoad(
  gateway: Gateway,
  keys: readonly LoadKey[],
  random: () => number,
  tally: Tally,
  dead: LoadKey[],
  connections: number,
): Promise<void> {
  let over = false;
  const passing = await gateway.createKey();
  const clients = Array.from({ length: connections }, () =>
    sendUntil(() => over, gateway.url, [...keys, passing], random, tally),
  );
  const managing = manage(gateway, keys, passing, random, dead);
  await sleep(random() * loadMsMax);
  over = true;
  await gateway.kill();
  await Promise.all([...clients, managing]);
}

/** Changes and deletes keys, and adds to the balance, while the gateway is killed. */
async function manage(
  gateway: Gateway,
  keys: readonly LoadKey[],
  passing: LoadKey,
  random: () => number,
  dead: LoadKey[],
): Promise<void> {
  try {
    const [, limited] = keys;
    for (;;) {
      await sleep(random() * 150);
      const body = { id: limited?.id, remain_quota: 50_000_000 + Math.floor(random() * 50_000_000) };
      await gateway.call('PUT', '/api/token/', { body });
      await gateway.call('POST', '/api/user/topup', { body: { user_id: 1, quota: 5, reason: 'crash test' } });
      if (random() < 0.5) continue;
      const answer = await gateway.call('DELETE', `/api/token/${passing.id}`);
      if (answer.json?.success === true) dead.push(passing);
    }
  } catch {
    // The gateway is gone.
  }
}

/** Kills a gateway that may not have come up yet. */
async function killWhileStarting(dataDir: string, random: () => number): Promise<void> {
  const env = { PATH: process.env.PATH, HALLEY_DATA_DIR: dataDir, HALLEY_LISTEN: '127.0.0.1:0' };
  const child = spawn(process.execPath, [entryFile, 'serve'], { env, stdio: 'ignore' });
  const gone = once(child, 'close');
  await sleep(random() * 600);
  child.kill('SIGKILL');
  await gone;
}

/** @returns how many records of model requests there are */
function check(dataDir: string, { wholes }: Tally): number {
  const database = new DatabaseSync(join(dataDir, 'halley.sqlite'), { readOnly: true });
  try {
    const find = database.prepare('SELECT key_id, units, type FROM records WHERE request_id = ?');
    for (const whole of wholes) {
      const found = find.all(whole.requestId).map((row) => ({ ...row }));
      const expected = [{ key_id: whole.keyId, units: whole.units, type: 2 }];
      assert.deepEqual(found, expected, `${whole.kind} ${whole.requestId}`);
    }
    const held = database.prepare('SELECT count(*) AS held FROM reservations').get()?.held;
    assert.equal(held, 0, 'a reservation was left');
    assert.deepEqual(verifyDatabase(dataDir, 10), []);
    const double = database
      .prepare('SELECT request_id FROM records GROUP BY request_id HAVING count(*) > 1')
      .all();
    assert.deepEqual(double, []);
    return Number(database.prepare('SELECT count(*) AS n FROM records WHERE key_id > 0').get()?.n);
  } finally {
    database.close();
  }
}

async function checkDead(gateway: Gateway, dead: readonly LoadKey[]): Promise<void> {
  for (const { value } of dead.slice(-5)) {
    const answer = await gateway.call('GET', '/v1/models', { token: `Bearer ${value}` });
    assert.equal(answer.status, 401, 'a deleted key is alive');
  }
}
