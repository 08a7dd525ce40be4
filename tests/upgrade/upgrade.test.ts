/** An upgrade from the version before, and the way back, with real processes of both versions. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { halley } from '../cli/halley.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { type JobUpstream, startJobUpstream } from '../support/job-upstream.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { type SharedPostgres, shareTestPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { type PreviousVersion, presentSchemaOf, unpackPrevious } from './previous.ts';

let previous: PreviousVersion;
let chats: FakeUpstream;
let jobs: JobUpstream;
let postgres: SharedPostgres;
before(async () => {
  previous = unpackPrevious();
  chats = await startFakeUpstream();
  jobs = await startJobUpstream({ takesMs: 2000 });
  postgres = await shareTestPostgres();
});
after(async () => {
  previous.remove();
  await Promise.all([chats.close(), jobs.close()]);
});

const engines = ['sqlite', 'postgres'] as const;
type Engine = (typeof engines)[number];

/** Where an installation keeps its data: an empty directory, and for PostgreSQL a database without tables. */
interface Installation {
  readonly engine: Engine;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
}

async function install(t: { after(end: () => Promise<void>): void }, engine: Engine): Promise<Installation> {
  const dataDir = await mkdtemp(join(tmpdir(), 'halley-upgrade-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const env: Record<string, string> = { HALLEY_BOOTSTRAP_TOKEN: 'token-of-root-in-both-versions' };
  if (engine === 'postgres') {
    env.HALLEY_DATABASE_URL = await postgres.createDatabase();
    env.HALLEY_SERVER_SECRET = 'ab'.repeat(32);
    env.HALLEY_FLEET_LEASE_MS = '10000';
  }
  return { engine, dataDir, env };
}

/** @param entry the file of a version; that of the present one unless given */
const start = ({ dataDir, env }: Installation, entry?: string) =>
  startGateway({ dataDir, env, ...(entry === undefined ? {} : { entry }) });

const versionOf = async (gateway: Gateway) => {
  const { json } = await gateway.call('GET', '/api/openapi.json');
  return (json as { info?: { version?: string } } | undefined)?.info?.version;
};

async function chat(gateway: Gateway, { value }: TestKey): Promise<number> {
  const body = { model: 'test-model', messages: [{ role: 'user', content: 'hi' }] };
  const { status } = await gateway.call('POST', '/v1/chat/completions', { token: `Bearer ${value}`, body });
  return status;
}

interface Contents {
  readonly kept: TestKey;
  readonly paying: TestKey;
  readonly deleted: TestKey;
  readonly job: string;
  readonly left: number;
}

const leftOf = async (gateway: Gateway, { id }: TestKey) =>
  Number(dataOf(await gateway.call('GET', `/api/token/${id}`)).remain_quota);

/** What an installation may contain: channels, keys with and without quota, records, a deleted key, a running job. */
async function fill(gateway: Gateway): Promise<Contents> {
  await gateway.createChannel(chats.origin);
  await gateway.createChannel(jobs.origin, { models: ['video-model'] });
  const price = { id: 'video-model', input: '0', output: '0', per_video_second: '0.001' };
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [price] } }));
  const kept = await gateway.createKey();
  const paying = await gateway.createKey({ unlimited_quota: false, remain_quota: 100_000 });
  const deleted = await gateway.createKey();
  for (const key of nonEmpty([kept, paying, deleted, paying])) assert.equal(await chat(gateway, key), 200);
  dataOf(await gateway.call('DELETE', `/api/token/${deleted.id}`));
  const body = { model: 'video-model', prompt: 'ok', seconds: '4' };
  const job = await gateway.call('POST', '/v1/videos', { token: `Bearer ${kept.value}`, body });
  assert.equal(job.status, 200, job.text);
  return { kept, paying, deleted, job: String(job.json?.id), left: await leftOf(gateway, paying) };
}

async function verifyLedger({ dataDir, env }: Installation): Promise<void> {
  const { code, stdout, stderr } = await halley(['ledger', 'verify', '--json'], {
    ...env,
    HALLEY_DATA_DIR: dataDir,
  });
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(JSON.parse(stdout), { differences: [] });
}

for (const engine of nonEmpty(engines)) {
  test(`${engine}: the new version continues what the old one made, deleted keys stay dead both ways, and the old version refuses what it does not know`, async (t) => {
    const installation = await install(t, engine);
    const old = await start(installation, previous.entry);
    t.after(() => old.process.kill('SIGKILL'));
    assert.equal(await versionOf(old), previous.version);
    const { kept, paying, deleted, job, left } = await fill(old);
    await old.stop();

    const present = await start(installation);
    t.after(() => present.process.kill('SIGKILL'));
    assert.notEqual(await versionOf(present), previous.version);
    assert.equal(await chat(present, deleted), 401);
    assert.equal(await leftOf(present, paying), left);
    for (const key of nonEmpty([kept, paying])) assert.equal(await chat(present, key), 200);
    assert.ok((await leftOf(present, paying)) < left);
    const records = dataOf(await present.call('GET', '/api/log/?page_size=100'));
    assert.ok(Number(records.total) >= 6, JSON.stringify(records).slice(0, 300));
    const token = `Bearer ${kept.value}`;
    await until(
      async () => (await present.call('GET', `/v1/videos/${job}`, { token })).json?.status === 'completed',
      300,
    );
    dataOf(await present.call('DELETE', `/api/token/${paying.id}`));
    await present.stop();

    await goBack(t, installation, { kept, dead: [deleted, paying] });
    // Of what both versions have written.
    await verifyLedger(installation);
    await refuseNewerSchema(installation);
  });
}

/** Starts the old version on what the new one leaves: it works, or says why it does not and changes nothing. */
async function goBack(
  t: { after(end: () => void): void },
  installation: Installation,
  { kept, dead }: { readonly kept: TestKey; readonly dead: readonly TestKey[] },
): Promise<void> {
  const { engine } = installation;
  const isRefused = engine === 'sqlite' && presentSchemaOf(engine) > previous.schemaOf(engine);
  if (isRefused) {
    await assert.rejects(
      start(installation, previous.entry),
      /was written by a newer Halley .*restore a backup/,
    );
  } else {
    const back = await start(installation, previous.entry);
    t.after(() => back.process.kill('SIGKILL'));
    assert.equal(await versionOf(back), previous.version);
    for (const key of nonEmpty(dead)) assert.equal(await chat(back, key), 401);
    assert.equal(await chat(back, kept), 200);
    await back.stop();
  }
}

const refusal = /was written by a newer Halley .*Run the newer Halley, or restore a backup/;

/** As if the next version had come with a migration that the old one does not know. */
async function refuseNewerSchema(installation: Installation): Promise<void> {
  if (installation.engine === 'sqlite') {
    const database = new DatabaseSync(join(installation.dataDir, 'halley.sqlite'));
    database.exec('UPDATE schema_version SET version = version + 1');
    database.close();
  } else {
    const url = installation.env.HALLEY_DATABASE_URL ?? assert.fail();
    await postgres.query(url, 'UPDATE schema_version SET version = version + 1');
    // Nodes of the version before run beside a schema that allows it.
    await (await start(installation, previous.entry)).stop();
    await postgres.query(url, 'UPDATE schema_version SET oldest_reader = version');
  }
  await assert.rejects(start(installation, previous.entry), refusal);
}
