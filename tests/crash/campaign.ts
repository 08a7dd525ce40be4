/**
 * The crash test: each round kills the gateway at a random moment, restarts it on the same data, and compares the
 * data with what clients received.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { halley } from '../cli/halley.ts';
import { compileCache } from '../support/compile-cache.ts';
import { differencesIn, openDatabase } from '../support/database.ts';
import { engineEnv, testEngine, useEmptyDatabase } from '../support/engine.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import {
  doublesAmong,
  faultsOfChanges,
  faultsOfRecord,
  faultsOfTotals,
  type Recorded,
  recordsOf,
} from './audit.ts';
import { type ActorKey, type Cast, makeCast } from './cast.ts';
import { Chance } from './chance.ts';
import { type Sightings, startLoad, type Whole } from './load.ts';
import { Operator } from './operator.ts';
import { costOf } from './tariff.ts';
import { byPlan } from './upstream.ts';

export interface CampaignOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly clients: number;
  /** Entry point to run instead of the command line, for mutants. */
  readonly entry?: string | undefined;
  /** Called after each round. */
  readonly onRound?: (round: number, report: Report) => void;
}

export interface Report {
  rounds: number;
  /** Number of kills during a start. */
  startsKilled: number;
  requests: number;
  /** Number of responses that clients received completely. */
  wholes: number;
  /** Number of those whose tokens the gateway had to count. */
  estimated: number;
  records: number;
  /** Complete responses without a record. */
  losses: number;
  /** Duplicate records or upstream responses. */
  doubles: number;
  changesConfirmed: number;
  /** The cost of the complete responses, as computed from what clients saw and as recorded. */
  unitsSeen: number;
  unitsRecorded: number;
  /** Other violations. */
  faults: string[];
  /**
   * Copies of the data of a failed round: from before the restart and after it. The PostgreSQL of the tests keeps
   * none.
   */
  keptIn: { readonly killed: string; readonly restarted: string } | undefined;
}

/** Rounds before a new directory, so that kills also hit starts with an empty directory. */
const roundsPerDirectory = 20;
const loadMsMax = 1500;
const startMsMax = 700;
const entryFile = join(import.meta.dirname, '../../src/cli/halley.ts');

const blank = (): Report => ({
  rounds: 0,
  startsKilled: 0,
  requests: 0,
  wholes: 0,
  estimated: 0,
  records: 0,
  losses: 0,
  doubles: 0,
  changesConfirmed: 0,
  unitsSeen: 0,
  unitsRecorded: 0,
  faults: [],
  keptIn: undefined,
});

/** Ends after the first round with a violation. */
export async function runCampaign(options: CampaignOptions): Promise<Report> {
  const report = blank();
  while (report.rounds < options.rounds && report.faults.length === 0) {
    const upstream = await startFakeUpstream();
    upstream.on('', byPlan);
    try {
      await new Directory(options, upstream, report).run();
    } finally {
      await upstream.close();
    }
  }
  return report;
}

/** Runs the rounds on one data directory. */
class Directory {
  readonly #options: CampaignOptions;
  readonly #upstream: FakeUpstream;
  readonly #report: Report;
  readonly #chance: Chance;
  readonly #scratch = mkdtempSync(join(tmpdir(), 'halley-crash-'));
  readonly #dataDir = join(this.#scratch, 'data');
  readonly #killedDir = join(this.#scratch, 'as-killed');
  readonly #token: string;
  readonly #wholes: Whole[] = [];
  readonly #errors: string[] = [];
  #requests = 0;
  /** The numbers of complete responses and of records at the last audit. */
  #audited = 0;
  #recorded = 0;
  readonly #dead: ActorKey[] = [];

  constructor(options: CampaignOptions, upstream: FakeUpstream, report: Report) {
    this.#options = options;
    this.#upstream = upstream;
    this.#report = report;
    this.#chance = new Chance(options.seed, report.rounds);
    this.#token = `root-token-${options.seed}-${report.rounds}-of-the-crash-test`;
  }

  async run(): Promise<void> {
    const { rounds } = this.#options;
    let gateway: Gateway | undefined;
    mkdirSync(this.#dataDir, { mode: 0o700 });
    await useEmptyDatabase(this.#dataDir);
    try {
      await this.#killStarts();
      gateway = await this.#start();
      const cast = await makeCast(gateway, this.#upstream.origin);
      const operator = new Operator(gateway, cast, this.#chance, `crash-${this.#report.rounds}`);
      const end = Math.min(rounds, this.#report.rounds + roundsPerDirectory);
      while (this.#report.rounds < end && this.#report.faults.length === 0) {
        gateway = await this.#round(gateway, cast, operator);
        this.#report.rounds += 1;
        this.#options.onRound?.(this.#report.rounds, this.#report);
      }
      await this.#verify();
    } catch (error) {
      this.#report.faults.push(error instanceof Error ? String(error.stack) : String(error));
    }
    await gateway?.kill().catch((error: unknown) => this.#report.faults.push(String(error)));
    const isKept = this.#report.faults.length > 0 && testEngine() === 'sqlite';
    if (!isKept) rmSync(this.#scratch, { recursive: true });
    else this.#report.keptIn = { killed: this.#killedDir, restarted: this.#dataDir };
  }

  #env(): Record<string, string> {
    return { HALLEY_BOOTSTRAP_TOKEN: this.#token, HALLEY_LOG_REQUESTS: 'false' };
  }

  #start(): Promise<Gateway> {
    const { entry } = this.#options;
    return startGateway({ dataDir: this.#dataDir, env: this.#env(), ...(entry !== undefined && { entry }) });
  }

  async #killStarts(): Promise<void> {
    for (let times = this.#chance.whole(0, 2); times > 0; times -= 1) await this.#killOneStart();
  }

  async #killOneStart(): Promise<void> {
    const child = spawn(process.execPath, [this.#options.entry ?? entryFile, 'serve'], {
      env: {
        PATH: process.env.PATH,
        ...compileCache,
        HALLEY_DATA_DIR: this.#dataDir,
        HALLEY_LISTEN: '127.0.0.1:0',
        ...(await engineEnv(this.#dataDir)),
        ...this.#env(),
      },
      stdio: 'ignore',
    });
    const gone = new Promise((resolve) => child.once('close', resolve));
    await sleep(this.#chance.next() * startMsMax);
    child.kill('SIGKILL');
    await gone;
    this.#report.startsKilled += 1;
  }

  async #round(gateway: Gateway, cast: Cast, operator: Operator): Promise<Gateway> {
    operator.goOn(gateway);
    const sightings = await this.#killUnderLoad(gateway, operator);
    this.#report.faults.push(...sightings.faults, ...errorsIn(gateway));
    this.#note(sightings);
    rmSync(this.#killedDir, { recursive: true, force: true });
    cpSync(this.#dataDir, this.#killedDir, { recursive: true });
    if (this.#chance.is(0.25)) await this.#killStarts();
    const restarted = await this.#start();
    await this.#audit(restarted, cast, operator);
    return restarted;
  }

  /** Some rounds kill during a change, others at a random moment. */
  async #killUnderLoad(gateway: Gateway, operator: Operator): Promise<Sightings> {
    const load = startLoad({
      url: gateway.url,
      chance: this.#chance,
      clients: this.#options.clients,
      keys: () => operator.keys(),
    });
    let over = false;
    const operating = (async () => {
      while (!over) {
        await operator.change();
        if (!over) await sleep(this.#chance.whole(5, 120));
      }
    })();
    await sleep(this.#chance.next() * loadMsMax);
    over = true;
    const aimed = this.#chance.is(0.3);
    if (aimed) await operating;
    const lastChange = aimed ? operator.change() : operating;
    if (aimed) await sleep(this.#chance.next() * 6);
    await gateway.kill();
    await Promise.all([load.stop(), lastChange]);
    return load.sightings;
  }

  #note({ wholes, errors, sent }: Sightings): void {
    this.#wholes.push(...wholes);
    this.#errors.push(...errors);
    this.#requests += sent;
    this.#report.requests += sent;
    this.#report.wholes += wholes.length;
    this.#report.estimated += wholes.filter(({ used }) => used === undefined).length;
  }

  async #audit(gateway: Gateway, cast: Cast, operator: Operator): Promise<void> {
    const { faults } = this.#report;
    const { changes } = operator;
    const book = await openDatabase(this.#dataDir);
    try {
      this.#auditRecords(await recordsOf(book));
      faults.push(...(await faultsOfTotals(book)));
      faults.push(...(await faultsOfChanges(book, changes, cast.small)));
    } finally {
      await book.close();
    }
    const differences = await differencesIn(this.#dataDir, 100);
    faults.push(...differences.map((difference) => JSON.stringify(difference)));
    const confirmed = changes.deletions.filter((deletion) => deletion.confirmed);
    this.#dead.push(...confirmed.map(({ key }) => key));
    const settled = [...changes.topups, ...changes.namings].filter((change) => change.confirmed);
    this.#report.changesConfirmed += confirmed.length + settled.length + changes.created.length;
    faults.push(...(await this.#faultsOfTheDead(gateway)), ...(await this.#faultsOfLog(gateway)));
  }

  /** Runs the command of an operator. Each round makes the same checks without the time to start a process. */
  async #verify(): Promise<void> {
    const { code, stdout, stderr } = await halley(
      ['ledger', 'verify', '--data-dir', this.#dataDir],
      await engineEnv(this.#dataDir),
    );
    if (code !== 0) this.#report.faults.push(`ledger verify ends with ${code}: ${stdout}${stderr}`);
  }

  /** Records of all rounds of the directory must remain. */
  #auditRecords(records: readonly Recorded[]): void {
    const report = this.#report;
    const known = new Map(records.map((record) => [record.requestId, record]));
    const newest = this.#wholes.slice(this.#audited);
    for (const whole of this.#wholes) {
      const record = known.get(whole.requestId);
      if (!record) {
        report.losses += 1;
        report.faults.push(`lost: ${whole.kind} ${whole.requestId} of key ${whole.key.id}`);
        continue;
      }
      report.faults.push(...faultsOfRecord(whole, record));
    }
    for (const { requestId, key, kind, used } of newest) {
      const record = known.get(requestId);
      if (!record) continue;
      report.unitsRecorded += record.units;
      report.unitsSeen += used ? costOf(kind, used, key.owner.group) : record.units;
    }
    this.#audited = this.#wholes.length;
    const doubles = [
      ...doublesAmong(records.map(({ requestId }) => requestId)),
      ...doublesAmong(records.map(({ detail }) => detail.responseId)),
      ...doublesAmong(this.#wholes.map(({ requestId }) => requestId)),
    ];
    report.doubles += doubles.length;
    report.faults.push(...doubles.map((name) => `double: ${name}`));
    const charged = this.#errors.map((requestId) => known.get(requestId)).filter((record) => record?.units);
    report.faults.push(...charged.map((record) => `charged for an error: ${JSON.stringify(record)}`));
    if (records.length > this.#requests) report.faults.push(`${records.length} records of fewer requests`);
    report.records += records.length - this.#recorded;
    this.#recorded = records.length;
  }

  /** Checks deleted keys of this round and some of earlier rounds. */
  async #faultsOfTheDead(gateway: Gateway): Promise<readonly string[]> {
    const some = this.#dead.filter((_, index) => index >= this.#dead.length - 8 || this.#chance.is(0.1));
    const faults: string[] = [];
    for (const { id, value } of some) {
      const body = { model: 'crash-chat', messages: [{ role: 'user', content: 'hi' }] };
      const { status } = await gateway.call('POST', '/v1/chat/completions', { token: value, body });
      if (status !== 401) faults.push(`key ${id} is deleted, and answered with ${status}`);
    }
    return faults;
  }

  /** Compares some entries of the log over HTTP with the database. */
  async #faultsOfLog(gateway: Gateway): Promise<readonly string[]> {
    const faults: string[] = [];
    for (const { requestId, kind } of this.#wholes.slice(-3)) {
      const { json, text } = await gateway.call('GET', `/api/log/?request_id=${requestId}`);
      const total = (json?.data as { total?: number } | undefined)?.total;
      if (total !== 1) faults.push(`the log has ${total} of ${kind} ${requestId}: ${text}`);
    }
    return faults;
  }
}

/** Returns error lines. A gateway that is only killed must not log any. */
function errorsIn(gateway: Gateway): readonly string[] {
  return gateway
    .logLines()
    .filter(({ level }) => level === 'error')
    .map((line) => `logged: ${JSON.stringify(line)}`);
}
