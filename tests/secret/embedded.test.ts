/** Replacing the server secret of a gateway on SQLite while it is used, and while it is killed. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { sealPrefix, sealPrefixBytes } from '../../src/domain/seal.ts';
import { serverSecret } from '../../src/domain/secret-ring.ts';
import { databaseFileName } from '../../src/store/sqlite/open.ts';
import { halley } from '../cli/halley.ts';
import { onlyOn } from '../support/engine.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { assertAllOpens, makeSealedThings, untilRotated, useAllTheTime } from './sealed-things.ts';

/** Whether a key's value is sealed under a secret, in the database of a gateway that may be running. */
function isSealedUnder(dataDir: string, keyId: number, secret: Uint8Array): boolean {
  const database = new DatabaseSync(join(dataDir, databaseFileName), { readOnly: true, timeout: 10_000 });
  try {
    const sealed = database.prepare('SELECT sealed FROM keys WHERE id = ?').get(keyId)?.sealed as Uint8Array;
    return Buffer.compare(sealed.subarray(0, sealPrefixBytes), sealPrefix(serverSecret(secret))) === 0;
  } finally {
    database.close();
  }
}

type Ending = { after(run: () => Promise<void> | void): void };

const sqlite = onlyOn('sqlite', 'a secret in the data directory belongs to one process');

async function place(t: Ending) {
  const dataDir = mkdtempSync(join(tmpdir(), 'halley-secret-'));
  const upstream: FakeUpstream = await startFakeUpstream();
  t.after(async () => {
    await upstream.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const secretFile = (name: string) => join(dataDir, name);
  const start = async (token?: string, env: Readonly<Record<string, string>> = {}): Promise<Gateway> => {
    const known = token === undefined ? env : { ...env, HALLEY_BOOTSTRAP_TOKEN: token };
    const gateway = await startGateway({ dataDir, env: known });
    t.after(() => void gateway.process.kill('SIGKILL'));
    // The output of the gateway must contain neither of them.
    for (const name of ['server-secret', 'server-secret.old']) {
      try {
        gateway.secret(readFileSync(secretFile(name), 'utf8').trim());
      } catch {
        // The file does not exist before the first rotation.
      }
    }
    return gateway;
  };
  const secret = (word: string, ...args: string[]) =>
    halley(['secret', word, '--data-dir', dataDir, ...args]);
  const status = async () => {
    const { code, stdout, stderr } = await secret('status', '--json');
    assert.equal(code, exitCodes.ok, stderr);
    const { rotating, counts } = JSON.parse(stdout) as {
      rotating: boolean;
      counts: { total: number; others: number }[];
    };
    const sum = (name: 'total' | 'others') => counts.reduce((all, count) => all + count[name], 0);
    return { rotating, total: sum('total'), others: sum('others') };
  };
  return { dataDir, upstream, start, secret, status, secretFile };
}

test(
  'replaces a secret under load without interruption, after which the old one is not needed',
  sqlite,
  async (t) => {
    const { upstream, start, secret, status, secretFile } = await place(t);
    const first = await start();
    const things = await makeSealedThings(first, upstream, 120);
    const old = readFileSync(secretFile('server-secret'), 'utf8');
    const load = useAllTheTime(t, () => [first], things, 400);
    await until(() => load.uses() > 3);

    const early = await secret('finish');
    assert.equal(early.code, exitCodes.failure);
    assert.match(early.stderr, /There is no old server secret/);
    const rotated = await secret('rotate');
    assert.equal(rotated.code, exitCodes.ok, rotated.stderr);
    assert.equal(readFileSync(secretFile('server-secret.old'), 'utf8'), old);
    assert.notEqual(readFileSync(secretFile('server-secret'), 'utf8'), old);
    for (const name of ['server-secret', 'server-secret.old']) {
      const value = readFileSync(secretFile(name), 'utf8').trim();
      first.secret(value);
      assert.ok(!`${rotated.stdout}${rotated.stderr}`.includes(value));
    }
    const again = await secret('rotate');
    assert.equal(again.code, exitCodes.failure);
    assert.match(again.stderr, /halley secret status/);

    await untilRotated(() => [first]);
    const usesThen = load.uses();
    await until(() => load.uses() > usesThen);
    await load.stop();
    await assertAllOpens(first, things, upstream);
    const after = await status();
    assert.deepEqual([after.rotating, after.others], [false, 0]);
    assert.ok(after.total >= things.keys.length + things.said.size);
    const shown = await secret('status');
    assert.match(shown.stdout, /The old secret is not needed any more/);
    const cleared = await secret('finish');
    assert.equal(cleared.code, exitCodes.ok, cleared.stderr);
    assert.throws(() => readFileSync(secretFile('server-secret.old')), /ENOENT/);
    await first.stop();

    const second = await start(first.token);
    await assertAllOpens(second, things, upstream);
    await second.stop();
  },
);

test('a gateway killed while it re-seals loses nothing, and continues after a restart', sqlite, async (t) => {
  const { dataDir, upstream, start, secret, status, secretFile } = await place(t);
  const first = await start();
  const things = await makeSealedThings(first, upstream, 450);
  const gateways = [first];
  const load = useAllTheTime(t, () => gateways, things, 400);
  const rotated = await secret('rotate');
  assert.equal(rotated.code, exitCodes.ok, rotated.stderr);
  const renewed = Buffer.from(readFileSync(secretFile('server-secret'), 'utf8').trim(), 'hex');
  await until(() => isSealedUnder(dataDir, things.talker.id, renewed), 1);
  gateways.length = 0;
  const killed = first.kill();
  await load.stop();
  await killed;
  const middle = await status();
  assert.equal(middle.rotating, true);
  assert.ok(middle.others > 0, 'it was killed too late');
  const tooEarly = await secret('finish');
  assert.equal(tooEarly.code, exitCodes.failure);
  assert.match(tooEarly.stderr, /is still needed/);

  renameSync(secretFile('server-secret.old'), secretFile('aside'));
  await assert.rejects(start(first.token), /rotation of the server secret is not finished/);
  renameSync(secretFile('aside'), secretFile('server-secret.old'));

  const second = await start(first.token);
  await assertAllOpens(second, things, upstream);
  await untilRotated(() => [second]);
  await assertAllOpens(second, things, upstream);
  assert.deepEqual(await status().then(({ rotating, others }) => [rotating, others]), [false, 0]);
  await second.stop();
});

test('replaces a secret of the settings by settings; refuses a wrong one without loss', sqlite, async (t) => {
  const { upstream, start, secret } = await place(t);
  const [older, newer] = ['1a'.repeat(32), '2b'.repeat(32)];
  const first = await start(undefined, { HALLEY_SERVER_SECRET: older });
  const things = await makeSealedThings(first, upstream, 5);
  await first.stop();
  const begin = (server: string, ...accepted: string[]) =>
    start(first.token, {
      HALLEY_SERVER_SECRET: server,
      HALLEY_SERVER_SECRETS_ACCEPTED: accepted.join(','),
    });
  await assert.rejects(begin(newer), /written under another server secret/);
  const second = await begin(newer, older);
  for (const value of [older, newer]) second.secret(value);
  await assertAllOpens(second, things, upstream);
  await untilRotated(() => [second]);
  await second.stop();
  await assert.rejects(begin(older, newer), /rotated away from/);
  const third = await begin(newer);
  await assertAllOpens(third, things, upstream);
  await third.stop();
  const env = { HALLEY_SERVER_SECRET: newer };
  const refused = await halley(['secret', 'rotate', '--data-dir', third.dataDir], env);
  assert.equal(refused.code, exitCodes.usage);
  assert.match(refused.stderr, /server_secrets_accepted/);
  assert.equal((await secret('rotate')).code, exitCodes.failure, 'there is no secret in the directory');
});
