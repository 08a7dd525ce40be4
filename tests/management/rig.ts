/** The management API over real HTTP and a real store of its own, for one test file. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { KeyValues } from '../../src/access/key-values.ts';
import { bootstrap } from '../../src/accounts/bootstrap.ts';
import { Passwords } from '../../src/accounts/passwords.ts';
import { SecretRing } from '../../src/domain/secret-ring.ts';
import { bodyBudgetOf } from '../../src/http/body-budget.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { PriceBook } from '../../src/ledger/price-book.ts';
import { channelsPort } from '../../src/management/channels/port.ts';
import { openChannelKeys, openProxyAuth } from '../../src/management/channels/sealed-keys.ts';
import type { ClusterPort } from '../../src/management/fleet/port.ts';
import { createManagement } from '../../src/management/management.ts';
import { LeakReports } from '../../src/management/tokens/leak-reports.ts';
import { ManualClock, systemClock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { resolveSettings } from '../../src/platform/settings/load.ts';
import { settingsSchema } from '../../src/platform/settings/schema.ts';
import { JobBook } from '../../src/relay/jobs/job-book.ts';
import { viewOf } from '../../src/relay/jobs/job-view.ts';
import { resolveJob } from '../../src/relay/jobs/resolve-job.ts';
import { AccessRevocation, type RevocationBy } from '../../src/revocation/access-revocation.ts';
import { PendingRevocations } from '../../src/revocation/pending-revocations.ts';
import { Receipts } from '../../src/revocation/receipts.ts';
import type { RunningCount, RunningSubject } from '../../src/store/coordination.ts';
import type { Settlement } from '../../src/store/ledger-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { createUpstreams } from '../../src/upstreams/registry.ts';
import { databaseUrlOf, testEngine } from '../support/engine.ts';
import { openTestStore } from '../support/postgres-store.ts';
import { type TestStore, withChanges } from '../support/test-store.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface CallOptions {
  /** Root's token by default; null means none. */
  readonly token?: string | null;
  readonly body?: unknown;
  readonly rawBody?: string | Buffer;
  readonly headers?: OutgoingHttpHeaders;
}

export interface Rig {
  readonly rootToken: string;
  readonly rootPassword: string;
  readonly clock: ManualClock;
  readonly store: TestStore;
  readonly port: number;
  /** The data directory. */
  readonly dir: string;
  readonly secretRing: SecretRing;
  /** Values reported as leaked, by result. */
  readonly leaked: Readonly<Record<string, number>>;
  /** The complete log. */
  readonly logged: () => string;
  /** Sends the path unchanged, byte for byte. */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
}

export interface RigOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Undefined = the node is alone. */
  readonly fleet?: ClusterPort;
}

export interface Account {
  readonly id: number;
  readonly username: string;
  readonly password: string;
  readonly token: string;
}

/** Registers the rig's start and end for a test file. The returned object is usable inside tests. */
export function useRig(options: RigOptions = {}): Rig {
  let rig: Rig | undefined;
  let stop: () => Promise<void> = async () => undefined;
  before(async () => {
    ({ rig, stop } = await startRig(options));
  });
  after(() => stop());
  return new Proxy({} as Rig, { get: (_, name) => Reflect.get(rig ?? {}, name) });
}

async function startRig(options: RigOptions): Promise<{ rig: Rig; stop: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'halley-management-'));
  const clock = new ManualClock();
  const store = await openStore(dir, clock);
  const settings = settingsSchema.parse(options.settings ?? {});
  const lines: string[] = [];
  const log = createLog({ level: 'debug' }, { write: (line) => lines.push(line) });
  const passwords = new Passwords(systemRandom);
  const { secrets } = await bootstrap({
    store,
    clock,
    random: systemRandom,
    passwords,
    bootstrapToken: undefined,
  });
  assert.ok(secrets);
  const secretRing = new SecretRing(systemRandom(32));
  const upstreams = await createUpstreams({
    store,
    settings: settings.upstreams,
    openKeys: ({ sealedKeys }) => openChannelKeys(secretRing, sealedKeys),
    openProxyAuth: ({ sealedProxyAuth }) => openProxyAuth(secretRing, sealedProxyAuth),
    clock: systemClock,
    random: systemRandom,
    log,
    demoOrigin: () => 'http://127.0.0.1:1',
  });
  const prices = new PriceBook({ store, clock });
  await prices.load();
  const receipts = new Receipts({
    store: store.receipts,
    secrets: secretRing,
    random: systemRandom,
    clock: systemClock,
    log,
    self: { name: 'the node', nodeId: '' },
    inFlight: settings.revocation.in_flight,
    openJobs: (keyIds) => store.jobs.countOpenOf(keyIds),
    node: undefined,
  });
  await receipts.start();
  const pending = new PendingRevocations({
    receipts,
    access: {
      evict: () => undefined,
      enforce: async () => ({ found: 0, ended: 0 }),
      lastAdmission: () => ({ at: null, knownSince: 0 }),
    },
    ledger: { flush: async () => undefined },
    recorder: { record: async () => undefined },
    // The only node, so no other node must acknowledge.
    node: { confirmed: async () => ({ members: [], nodes: 0, unresponsive: 0, waitedMs: 0 }) },
    metrics: { revocationDone: () => undefined },
    clock,
  });
  const revocation: RevocationBy = (origin, listener) =>
    new AccessRevocation(store.by(origin), pending, listener);
  const leaked: Record<string, number> = {};
  const keyValues = new KeyValues(store);
  const leaks = new LeakReports({
    keyValues,
    store,
    revocation,
    clock,
    log,
    action: settings.keys.leak_reports,
    count: (outcome, values) => {
      leaked[outcome] = (leaked[outcome] ?? 0) + values;
    },
  });
  const ledger = { settle: async (ending: Settlement) => void (await store.settle([ending], true)) };
  const book = new JobBook({ ledger, store, clock, metrics: { settled: () => undefined } });
  const handle = createManagement({
    store,
    leaks,
    keyValues,
    running: async (subject) => [
      { name: 'the node', nodeId: '', running: runningOf(subject) },
      { name: 'a silent node', nodeId: 'silent', running: undefined },
    ],
    noteUnknownKey: () => undefined,
    revocation,
    counts: { deleted: () => undefined, administratorMade: () => undefined },
    clock,
    bodies: bodyBudgetOf(settings.http),
    random: systemRandom,
    settings,
    secrets: secretRing,
    channels: channelsPort(upstreams, settings.upstreams),
    prices: {
      reload: () => prices.load(),
      find: (model) => prices.find(model),
      multiplierOf: (group) => prices.multiplierOf(group),
    },
    jobs: {
      view: (row) => viewOf({ secrets: secretRing, publicUrl: undefined, results: 'link' }, row),
      resolve: (row, found) => resolveJob({ book, jobs: store.jobs, clock }, row, found),
    },
    modelApi: () => assert.fail('the rig has no model API'),
    log,
    version: '9.8.7',
    recentRevocations: pending.recent,
    settingsInForce: resolveSettings({ env: settingsEnv, directory: dir }).effective,
    fleet: options.fleet,
    draining: () => server.draining,
    listener: () => ({
      forwarding: server.forwarding,
      plainCredentials: server.plainCredentials,
      certificateNotAfter: undefined,
    }),
  });
  const server = createHttpServer({
    settings: settings.http,
    clock: systemClock,
    random: systemRandom,
    log,
    handle: (exchange) => void handle(exchange),
  });
  const { port } = await server.listen('127.0.0.1:0');
  const rig: Rig = {
    rootToken: secrets.accessToken,
    rootPassword: secrets.password,
    clock,
    store,
    port,
    dir,
    secretRing,
    logged: () => lines.join(''),
    leaked,
    call: (method, path, options = {}) => send(port, secrets.accessToken, method, path, options),
  };
  const stop = async () => {
    await server.close();
    await leaks.stop();
    await receipts.stop();
    await upstreams.close();
    await store.close();
    await rm(dir, { recursive: true, force: true });
  };
  return { rig, stop };
}

async function openStore(dir: string, clock: ManualClock): Promise<TestStore> {
  if (testEngine() === 'sqlite') return withChanges(openSqliteStore({ dir, clock }));
  // Longer than a statement takes, and short enough for a test that waits for the timeout.
  const opened = await openTestStore(await databaseUrlOf(dir), { clock, statementMs: 5000 });
  return opened.store;
}

async function send(
  port: number,
  rootToken: string,
  method: string,
  path: string,
  options: CallOptions,
): Promise<Reply> {
  const { token = rootToken, body, rawBody, headers = {} } = options;
  const payload = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const sent: OutgoingHttpHeaders = {
    ...(token === null ? {} : { authorization: token }),
    ...(payload === undefined || headers['transfer-encoding']
      ? {}
      : { 'content-length': Buffer.byteLength(payload) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: sent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const json = method === 'HEAD' ? {} : JSON.parse(text);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    request.on('error', reject);
    request.end(payload);
  });
}

/** Returns `data` of a successful envelope; fails the test otherwise. */
export function dataOf(reply: Reply): Readonly<Record<string, unknown>> {
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.json.success, true, reply.text);
  return reply.json.data as Readonly<Record<string, unknown>>;
}

/** Asserts a failure's status and envelope; returns its message. */
export function refusalOf(reply: Reply, status: number, about?: RegExp): string {
  assert.equal(reply.status, status, reply.text);
  assert.equal(reply.json.success, false, reply.text);
  assert.equal(typeof reply.json.message, 'string');
  const message = String(reply.json.message);
  assert.notEqual(message, '');
  if (about) assert.match(message, about);
  return message;
}

/** Creates a key of the token's account (default: root's). */
export async function createKey(rig: Rig, fields: object = {}, token?: string) {
  const options = { body: { unlimited_quota: true, ...fields }, ...(token !== undefined && { token }) };
  const data = dataOf(await rig.call('POST', '/api/token/', options));
  return { id: Number(data.id), value: String(data.key), record: data };
}

/** Set settings for `GET /api/setting`; the rig itself does not heed them. */
/** As many as the parts of the rig count: three for each key, of which one is a socket, or five of an account. */
const runningOf = (subject: RunningSubject): RunningCount =>
  'keyIds' in subject
    ? { running: 3 * subject.keyIds.length, sockets: subject.keyIds.length }
    : { running: 5, sockets: 2 };

const settingsEnv = {
  HALLEY_SERVER_SECRET: 'a1'.repeat(32),
  HALLEY_WEBHOOK_URL: 'https://hooks.example/a/b?c=d',
  HALLEY_WEBHOOK_SECRET: 'a-secret-of-24-characters',
};

let accounts = 0;

/** Creates an account with a password and an access token. */
export async function createAccount(rig: Rig, fields: object = {}): Promise<Account> {
  accounts += 1;
  const username = `user${accounts}`;
  const password = `password-${accounts}-secret`;
  const data = dataOf(await rig.call('POST', '/api/user/', { body: { username, password, ...fields } }));
  const cookie = await signIn(rig, username, password);
  const reply = await rig.call('GET', '/api/user/token', { token: null, headers: ownPage(rig, cookie) });
  assert.equal(reply.json.success, true, reply.text);
  return { id: Number(data.id), username, password, token: String(reply.json.data) };
}

/** @returns the Cookie header of the new session */
export async function signIn(rig: Rig, username: string, password: string): Promise<string> {
  const reply = await rig.call('POST', '/api/user/login', { token: null, body: { username, password } });
  dataOf(reply);
  return String(reply.headers['set-cookie']?.[0]?.split(';')[0]);
}

/** Returns the headers that a browser sends from the gateway's own pages. */
export function ownPage(rig: Rig, cookie: string): OutgoingHttpHeaders {
  return { cookie, origin: `http://127.0.0.1:${rig.port}` };
}
