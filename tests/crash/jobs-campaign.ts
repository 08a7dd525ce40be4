/**
 * Kills a gateway while it submits, polls and settles jobs, starts it again, and compares what the upstream has accepted
 * with what became of each submit. Every submit has a key of its own, so that each side can be told by it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '../../src/platform/limits.ts';
import { differencesIn, type OpenDatabase, openDatabase } from '../support/database.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { type JobUpstream, startJobUpstream } from '../support/job-upstream.ts';
import { until } from '../support/until.ts';
import { Chance } from './chance.ts';

export interface JobsCampaign {
  readonly rounds: number;
  readonly seed: number;
  /** Submits in each round, all at once. */
  readonly submits: number;
  readonly onRound?: (round: number, report: JobsReport) => void;
}

export interface JobsReport {
  rounds: number;
  submits: number;
  /** Submits whose client got an id. */
  answered: number;
  accepted: number;
  charged: number;
  held: number;
  readonly faults: string[];
}

const model = 'video-model';
const seconds = 3;
/** Units: 0.001 USD for a second. */
const cost = seconds * 500;

interface Submit {
  readonly key: TestKey;
  /** Undefined = its client got none. */
  id: string | undefined;
}

/** A row as far as it matters here. */
interface Row {
  readonly publicId: string;
  readonly state: string;
  readonly upstreamId: string;
  readonly charged: number;
  readonly requestId: string;
}

export async function runJobsCampaign(campaign: JobsCampaign): Promise<JobsReport> {
  const dataDir = await mkdtemp(join(tmpdir(), 'halley-jobs-'));
  const upstream = await startJobUpstream({ takesMs: 400, answerMs: 60 });
  const report = {
    rounds: 0,
    submits: 0,
    answered: 0,
    accepted: 0,
    charged: 0,
    held: 0,
    faults: [] as string[],
  };
  const submits: Submit[] = [];
  let gateway: Gateway | undefined;
  try {
    gateway = await startGateway({ dataDir });
    await gateway.createChannel(upstream.origin, { models: [model] });
    const price = { id: model, input: '0', output: '0', per_video_second: '0.001' };
    dataOf(await gateway.call('PUT', '/api/price', { body: { models: [price] } }));
    const chance = new Chance(campaign.seed);
    for (let round = 1; round <= campaign.rounds; round += 1) {
      submits.push(...(await submitAndKill(gateway, upstream, campaign.submits, chance, round % 2 === 1)));
      gateway = await startGateway({ dataDir, env: { HALLEY_BOOTSTRAP_TOKEN: gateway.token } });
      report.rounds = round;
      campaign.onRound?.(round, report);
    }
    await settled(dataDir);
    await audit(dataDir, upstream, submits, report);
    await gateway.stop();
    gateway = undefined;
  } finally {
    await gateway?.kill();
    await upstream.close();
    await rm(dataDir, { recursive: true, force: true });
  }
  return report;
}

/** The kill comes at any moment from the first byte of the submits to the settlement of the last job. */
async function submitAndKill(
  gateway: Gateway,
  upstream: JobUpstream,
  count: number,
  chance: Chance,
  whileSubmitting: boolean,
): Promise<readonly Submit[]> {
  const keys: TestKey[] = [];
  for (let at = 0; at < count; at += 1) {
    keys.push(await gateway.createKey({ unlimited_quota: false, remain_quota: cost }));
  }
  const submits = keys.map((key): Submit => ({ key, id: undefined }));
  const before = upstream.accepted.size;
  const sent = submits.map(async (submit) => {
    const body = { model, prompt: `ok ${submit.key.id}`, seconds: String(seconds) };
    await pause(chance.whole(0, 200));
    const answer = await gateway
      .call('POST', '/v1/videos', { token: `Bearer ${submit.key.value}`, body })
      .catch(() => undefined);
    if (answer?.status === 200) submit.id = String(answer.json?.id);
  });
  // Every other kill meets submits, the rest polls and settlements.
  const some = chance.whole(1, count);
  await until(() => upstream.accepted.size >= before + some, 1);
  await pause(whileSubmitting ? chance.whole(0, 120) : chance.whole(2000, 3600));
  await gateway.kill();
  await Promise.all(sent);
  return submits;
}

/** Until every job that the upstream is known to have has ended. On a shared database a killed node keeps its lease. */
async function settled(dataDir: string): Promise<void> {
  const book = await openDatabase(dataDir);
  const running = async () => (await book.rows("SELECT id FROM jobs WHERE state = 'running'")).length;
  try {
    const end = performance.now() + limits.job_lease_ms + 60_000;
    while ((await running()) > 0 && performance.now() < end) await pause(100);
  } finally {
    await book.close();
  }
}

async function audit(
  dataDir: string,
  upstream: JobUpstream,
  submits: readonly Submit[],
  report: JobsReport,
): Promise<void> {
  const book = await openDatabase(dataDir);
  try {
    for (const submit of submits) await auditOne(book, upstream, submit, report);
  } finally {
    await book.close();
  }
  const differences = await differencesIn(dataDir, 100);
  report.faults.push(...differences.map((difference) => JSON.stringify(difference)));
}

async function auditOne(
  book: OpenDatabase,
  upstream: JobUpstream,
  { key, id }: Submit,
  report: JobsReport,
): Promise<void> {
  const accepted = [...upstream.accepted.values()].filter(({ prompt }) => prompt === `ok ${key.id}`);
  const rows = await rowsOf(book, key.id);
  const records = await book.rows('SELECT units FROM records WHERE key_id = $1 AND type = 2', key.id);
  const [row] = rows;
  const fault = (text: string) =>
    void report.faults.push(`key ${key.id}: ${text}: ${JSON.stringify({ id, rows, accepted })}`);
  report.submits += 1;
  report.accepted += accepted.length;
  if (id !== undefined) report.answered += 1;
  if (accepted.length > 1) fault('accepted twice');
  if (rows.length > 1) fault('written twice');
  if (id !== undefined && row?.publicId !== id) fault('an id that is not written');
  if (accepted.length > 0 && !row) fault('sent before it was written');
  const isKnown = row !== undefined && row.upstreamId !== '';
  if (id !== undefined && !isKnown) fault('an id for a client before that of the upstream was written');
  if (isKnown && row.upstreamId !== accepted[0]?.id) fault('an id of the upstream that it did not give');
  if (isKnown) {
    report.charged += 1;
    if (row.state !== 'succeeded' || row.charged !== cost) fault('not settled');
    if (records.length !== 1 || Number(records[0]?.units) !== cost) fault(`${records.length} charges`);
    return;
  }
  if (records.length > 0) fault('charged without an id of the upstream');
  if (accepted.length > 0 && !isHeld(row)) fault('accepted, and neither known nor held');
  if (isHeld(row)) report.held += 1;
}

/** On a shared database a node that died keeps its lease for a while. */
const isHeld = (row: Row | undefined) => row?.state === 'held' || row?.state === 'submitting';

async function rowsOf(book: OpenDatabase, keyId: number): Promise<readonly Row[]> {
  const rows = await book.rows('SELECT * FROM jobs WHERE key_id = $1', keyId);
  return rows.map((row) => ({
    publicId: String(row.public_id),
    state: String(row.state),
    upstreamId: String(row.upstream_id),
    charged: Number(row.charged),
    requestId: String(row.request_id),
  }));
}

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));
