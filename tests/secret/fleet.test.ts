/** Replacing the server secret of a cluster in three rolling restarts under load. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { halley } from '../cli/halley.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';
import { assertAllOpens, makeSealedThings, say, untilRotated, useAllTheTime } from './sealed-things.ts';

type Ending = { after(run: () => Promise<void> | void): void };
/** The secret that a node seals under, and others that it accepts. */
type Secrets = readonly [string, ...string[]];

const names = ['node-a', 'node-b'] as const;
type Name = (typeof names)[number] | 'node-c';

/** Starts two nodes that are restarted one after another. Those in `running` serve requests. */
async function startNodes(t: Ending, secrets: Secrets, leaseMs: number) {
  const url = await freshDatabase();
  const token = `root-${randomBytes(18).toString('base64url')}`;
  const dirs = new Map<Name, string>(
    ([...names, 'node-c'] as const).map((name) => [name, mkdtempSync(join(tmpdir(), `halley-${name}-`))]),
  );
  const running = new Map<Name, Gateway>();
  t.after(() => {
    for (const { process } of running.values()) process.kill('SIGKILL');
    for (const dir of dirs.values()) rmSync(dir, { recursive: true, force: true });
  });
  const envOf = ([own, ...accepted]: Secrets) => ({
    HALLEY_DATABASE_URL: url,
    HALLEY_SERVER_SECRET: own,
    HALLEY_SERVER_SECRETS_ACCEPTED: accepted.join(','),
  });
  const start = async (name: Name, given: Secrets): Promise<Gateway> => {
    const gateway = await startGateway({
      dataDir: dirs.get(name) ?? '',
      env: {
        ...envOf(given),
        HALLEY_BOOTSTRAP_TOKEN: token,
        HALLEY_FLEET_NODE_NAME: name,
        HALLEY_FLEET_LEASE_MS: String(leaseMs),
      },
    });
    for (const secret of given) gateway.secret(secret);
    running.set(name, gateway);
    return gateway;
  };
  const stop = async (name: Name): Promise<void> => {
    const gateway = running.get(name);
    running.delete(name);
    await gateway?.stop();
  };
  for (const name of names) await start(name, secrets);
  return {
    running: () => [...running.values()],
    node: (name: Name) => running.get(name) as Gateway,
    start,
    stop,
    async restart(name: Name, given: Secrets): Promise<void> {
      await stop(name);
      await start(name, given);
    },
    status: (given: Secrets) => halley(['secret', 'status'], envOf(given)),
  };
}

test('replaces a secret in three rolling restarts, during which every node can open everything', async (t) => {
  const upstream = await startFakeUpstream();
  t.after(() => upstream.close());
  const [older, newer] = ['3c'.repeat(32), '4d'.repeat(32)];
  // Long enough that a stall of a busy machine is not a fault.
  const fleet = await startNodes(t, [older], 8000);
  const things = await makeSealedThings(fleet.node('node-a'), upstream, 60);
  const allOpens = async () => {
    for (const gateway of fleet.running()) await assertAllOpens(gateway, things, upstream);
  };
  await allOpens();
  let load = useAllTheTime(t, fleet.running, things, 2000);

  // Both steps at once: the other node could not open what this node would seal.
  await fleet.stop('node-b');
  await assert.rejects(
    fleet.start('node-b', [newer, older]),
    /would not be known to these nodes: node-a\. First/,
  );
  await assert.rejects(fleet.start('node-b', [newer]), /written under another server secret/);

  await fleet.start('node-b', [older, newer]);
  await allOpens();
  const behind = await fleet.status([older, newer]);
  assert.match(behind.stdout, /These nodes do not accept the next secret yet: node-a\./, behind.stderr);
  await fleet.restart('node-a', [older, newer]);
  await allOpens();
  assert.match((await fleet.status([older, newer])).stdout, /accept the next secret: make it server_secret/);

  await fleet.restart('node-b', [newer, older]);
  await allOpens();
  await load.stop();
  // One node uses what the other seals under the new secret, while it still seals under the old one.
  things.upstreamKey = `upstream-${randomBytes(12).toString('hex')}`;
  const body = { id: things.channelId, keys: [things.upstreamKey] };
  dataOf(await fleet.node('node-b').call('PUT', '/api/channel/', { body }));
  await until(async () => {
    await say(fleet.node('node-a'), things);
    return upstream.requests.at(-1)?.headers.authorization === `Bearer ${things.upstreamKey}`;
  });
  load = useAllTheTime(t, fleet.running, things, 2000);
  const waiting = await fleet.status([newer, older]);
  assert.match(waiting.stdout, /Re-sealing waits for nodes that seal under the old one: node-a\./);
  await assert.rejects(fleet.start('node-c', [older]), /does not know the new one/);
  await assert.rejects(fleet.start('node-c', [newer]), /rotation of the server secret is not finished/);
  await fleet.restart('node-a', [newer, older]);
  await allOpens();

  await untilRotated(fleet.running);
  await allOpens();
  const over = await fleet.status([newer, older]);
  assert.equal(over.code, exitCodes.ok, over.stderr);
  assert.match(over.stdout, /^keys\t\d+\t0$/m);
  assert.match(over.stdout, /remove it from server_secrets_accepted/);
  for (const name of names) {
    await fleet.restart(name, [newer]);
    await allOpens();
  }
  await load.stop();
  assert.ok(load.uses() > 0);
  await fleet.stop('node-b');
  await assert.rejects(fleet.start('node-b', [older, newer]), /rotated away from/);
  await fleet.stop('node-a');
});

test('killed nodes do not block a rotation', async (t) => {
  const upstream = await startFakeUpstream();
  t.after(() => upstream.close());
  const [older, newer] = ['5e'.repeat(32), '6f'.repeat(32)];
  const fleet = await startNodes(t, [older], 4000);
  const things = await makeSealedThings(fleet.node('node-a'), upstream, 3);
  for (const name of names) await fleet.node(name).kill();
  // node-a is gone but still registered, and it did not accept the new secret.
  const gateway = await fleet.start('node-b', [newer, older]);
  await assertAllOpens(gateway, things, upstream);
  await untilRotated(() => [gateway]);
  await assertAllOpens(gateway, things, upstream);
  await fleet.stop('node-b');
});
