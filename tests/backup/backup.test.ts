/** `halley backup` next to a running gateway under load. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import type { Manifest } from '../../src/store/backup/manifest.ts';
import { halley } from '../cli/halley.ts';
import { chat } from '../relay/chat.ts';
import { assertAllOpens, makeSealedThings } from '../secret/sealed-things.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { fromInput, makePlace, passphrase } from './backups.ts';

/** Starts clients that use the gateway continuously, so that its database is written all the time. */
function startLoad(gateway: Gateway, key: string) {
  let isOver = false;
  const seen = { served: 0, other: [] as number[] };
  const clients = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const stream = chat(gateway.url, key);
      const { status } = await stream.head();
      if ((await stream.end()) === 'whole' && status === 200) seen.served += 1;
      else seen.other.push(status);
    }
  });
  return {
    seen,
    stop: async () => {
      isOver = true;
      await Promise.all(clients);
    },
  };
}

test('a backup made under load is complete and consistent, and the gateway continues', async (t) => {
  const upstream = await startFakeUpstream();
  t.after(() => upstream.close());
  const place = makePlace(t);
  const gateway = await place.start();
  const things = await makeSealedThings(gateway, upstream, 20);
  const load = startLoad(gateway, things.talker.value);
  await until(() => load.seen.served > 50);
  const target = place.path('backups/one');
  const { stdout } = await place.backup(target, ...fromInput, '--json');
  const servedDuring = load.seen.served;
  await until(() => load.seen.served > servedDuring + 50);
  await load.stop();
  assert.deepEqual(load.seen.other, []);
  assert.equal((await gateway.call('GET', '/readyz')).status, 200);

  const manifest = JSON.parse(stdout) as Manifest;
  assert.deepEqual(JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')), manifest);
  assert.equal(manifest.rows.keys, things.keys.length);
  assert.deepEqual(readdirSync(target).sort(), ['halley.sqlite', 'manifest.json', 'server-secret.sealed']);
  for (const name of nonEmpty(readdirSync(target)))
    assert.equal(statSync(join(target, name)).mode & 0o777, 0o600);
  assert.equal(statSync(target).mode & 0o777, 0o700);
  const secret = readFileSync(join(place.dataDir, 'server-secret'), 'utf8').trim();
  gateway.secret(secret);
  const sealed = readFileSync(join(target, 'server-secret.sealed'), 'utf8');
  assert.ok(!sealed.includes(secret) && !stdout.includes(secret) && !stdout.includes(passphrase));
  await gateway.stop();

  // Restore on another machine, with only the backup and the passphrase.
  const elsewhere = makePlace(t);
  const restored = await elsewhere.restore(target, ...fromInput);
  assert.equal(restored.code, exitCodes.ok, restored.stderr);
  const verified = await halley(['ledger', 'verify', '--data-dir', elsewhere.dataDir]);
  assert.deepEqual([verified.code, verified.stderr], [exitCodes.ok, '']);
  const again = await elsewhere.start();
  const { items } = dataOf(await again.call('GET', '/api/log/?type=2&page_size=100')) as { items: unknown[] };
  assert.ok(items.length > 10);
  for (const key of things.keys) again.secret(key.value);
  await assertAllOpens(again, things, upstream);
  await again.stop();
});

test('a backup replaces another backup only with the option, and other files never', async (t) => {
  const place = makePlace(t);
  const gateway = await place.start();
  const target = place.path('backup');
  await place.backup(target, '--without-secret');
  const before = readFileSync(join(target, 'manifest.json'), 'utf8');
  const own = ['--data-dir', place.dataDir, '--without-secret'];
  const refused = await halley(['backup', target, ...own]);
  assert.equal(refused.code, exitCodes.failure);
  assert.match(refused.stderr, /already contains a backup\. .*--overwrite/);
  assert.equal(readFileSync(join(target, 'manifest.json'), 'utf8'), before);

  await gateway.createKey();
  await place.backup(target, '--without-secret', '--overwrite');
  assert.equal((JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')) as Manifest).rows.keys, 1);

  const papers = place.path('papers');
  mkdirSync(papers);
  writeFileSync(join(papers, 'letter'), 'dear');
  const kept = await halley(['backup', papers, ...own, '--overwrite']);
  assert.equal(kept.code, exitCodes.failure);
  assert.match(kept.stderr, /exists and is not a backup/);
  assert.equal(readFileSync(join(papers, 'letter'), 'utf8'), 'dear');
  assert.deepEqual(readdirSync(place.path('.')).sort(), ['backup', 'data', 'papers']);
  await gateway.stop();
});

test('the server secret is encrypted with a passphrase, or omitted with an option and a message', async (t) => {
  const place = makePlace(t);
  const gateway = await place.start();
  const own = ['--data-dir', place.dataDir];
  const neither = await halley(['backup', place.path('x'), ...own]);
  assert.equal(neither.code, exitCodes.usage);
  assert.match(neither.stderr, /--passphrase-file .*--without-secret/);
  const short = await halley(['backup', place.path('x'), ...own, ...fromInput], {}, 'short\n');
  assert.equal(short.code, exitCodes.usage);
  assert.match(short.stderr, /at least 12 characters/);
  assert.ok(!existsSync(place.path('x')));
  const without = await place.backup(place.path('x'), '--without-secret');
  assert.match(without.stderr, /server secret is not in the backup\. Keep a copy of .*server-secret/);
  assert.deepEqual(readdirSync(place.path('x')).sort(), ['halley.sqlite', 'manifest.json']);
  await gateway.stop();
});

test('refuses to back up a missing database or PostgreSQL', async (t) => {
  const place = makePlace(t);
  const own = ['--data-dir', place.dataDir, '--without-secret'];
  const nothing = await halley(['backup', place.path('x'), ...own]);
  assert.equal(nothing.code, exitCodes.failure);
  assert.match(nothing.stderr, /There is no database .*halley\.sqlite/);
  for (const words of [
    ['backup', place.path('x'), ...own],
    ['restore', place.path('x')],
  ]) {
    const env = { HALLEY_DATABASE_URL: 'postgres://me:my-password@127.0.0.1:1/halley' };
    const { code, stderr } = await halley(words, env);
    assert.equal(code, exitCodes.usage);
    assert.match(stderr, /PostgreSQL: .*pg_dump.*point-in-time.*docs\/guides\/[a-z]+\.md/);
    assert.ok(!stderr.includes('my-password'));
  }
});
