/**
 * Measures creating and deleting keys in a fleet of three nodes on one durable PostgreSQL: how many callers share its
 * commits, and what one DELETE takes beyond its own durable writes, which are measured in the same run.
 */
import { appendFileSync, closeSync, fdatasyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { Agent } from 'undici';
import { startPostgres, type TestPostgres } from '../../tests/support/postgres.ts';
import type { Bench, Scenario } from '../bench.ts';
import { type Figure, median, overRounds } from '../figures.ts';
import { type Gateway, launchGateway, makeAccessToken, makeAccount, whenReady } from '../gateway.ts';
import { seedSecret } from '../seed-order.ts';

const nodeCount = 3;
const callersMax = 24;

/** Milliseconds that calls took, in any order. */
interface Times {
  readonly created: number[];
  readonly deleted: number[];
}

/** Someone who creates a key and deletes it again, over and over. */
interface Caller {
  readonly gateway: Gateway;
  readonly token: string;
}

/** What each caller writes with: an account of its own, or one that all share. */
type Accounts = 'own' | 'shared';

class Rig {
  readonly #agent = new Agent({ connections: callersMax, pipelining: 1 });
  readonly #callers: Readonly<Record<Accounts, readonly Caller[]>>;

  private constructor(callers: Readonly<Record<Accounts, readonly Caller[]>>) {
    this.#callers = callers;
  }

  static async start(bench: Bench, postgres: TestPostgres): Promise<Rig> {
    const url = await postgres.createDatabase();
    const env = { HALLEY_DATABASE_URL: url, HALLEY_SERVER_SECRET: seedSecret };
    const gateways: Gateway[] = [];
    for (let count = 0; count < nodeCount; count += 1) {
      const gateway = await launchGateway(bench.scratch, { env });
      await whenReady(gateway);
      gateways.push(gateway);
    }
    const tokens: string[] = [];
    for (let count = 0; count < callersMax; count += 1) {
      const [username, password] = [`caller-${count}`, `password of caller-${count}`];
      await makeAccount(gateways[0] as Gateway, username, password);
      tokens.push(await makeAccessToken(gateways[0] as Gateway, username, password));
    }
    const callers = (tokenOf: (index: number) => string): readonly Caller[] =>
      tokens.map((_, index) => ({
        gateway: gateways[index % nodeCount] as Gateway,
        token: tokenOf(index),
      }));
    return new Rig({
      own: callers((index) => tokens[index] ?? ''),
      shared: callers(() => tokens[0] ?? ''),
    });
  }

  async #call({ gateway, token }: Caller, method: 'POST' | 'DELETE', path: string): Promise<unknown> {
    const body = method === 'POST' ? JSON.stringify({ name: 'bench', unlimited_quota: true }) : null;
    const response = await this.#agent.request({
      origin: `http://127.0.0.1:${gateway.port}`,
      path,
      method,
      headers: { authorization: token, 'content-type': 'application/json' },
      body,
    });
    const answer = (await response.body.json()) as { readonly success: boolean; readonly data?: unknown };
    if (!answer.success) throw new Error(`${method} ${path} answered ${JSON.stringify(answer)}`);
    return answer.data;
  }

  /** The first callers create and delete keys until `ms` have passed. @returns with the changes a second */
  async run(accounts: Accounts, count: number, ms: number): Promise<Times & { readonly perSecond: number }> {
    const times: Times = { created: [], deleted: [] };
    const began = performance.now();
    const end = began + ms;
    const work = async (caller: Caller): Promise<void> => {
      while (performance.now() < end) {
        const start = performance.now();
        const { id } = (await this.#call(caller, 'POST', '/api/token/')) as { readonly id: number };
        const middle = performance.now();
        await this.#call(caller, 'DELETE', `/api/token/${id}`);
        times.created.push(middle - start);
        times.deleted.push(performance.now() - middle);
      }
    };
    await Promise.all(this.#callers[accounts].slice(0, count).map(work));
    return { ...times, perSecond: (2000 * times.deleted.length) / (performance.now() - began) };
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}

/** The durable writes of one DELETE by themselves: a commit, and a line of a file. */
class DurableWrites {
  readonly commits: number[] = [];
  readonly lines: number[] = [];
  readonly #client: pg.Client;
  readonly #file: number;

  private constructor(client: pg.Client, file: number) {
    this.#client = client;
    this.#file = file;
  }

  static async open(bench: Bench, postgres: TestPostgres): Promise<DurableWrites> {
    const client = new pg.Client({ connectionString: await postgres.createDatabase() });
    await client.connect();
    await client.query('CREATE TABLE commits (id int PRIMARY KEY, count int)');
    await client.query('INSERT INTO commits VALUES (1, 0)');
    return new DurableWrites(client, openSync(join(bench.scratch, 'lines'), 'a'));
  }

  async measure(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now();
      await this.#client.query('UPDATE commits SET count = count + 1');
      const middle = performance.now();
      appendFileSync(this.#file, `${'x'.repeat(189)}\n`);
      fdatasyncSync(this.#file);
      this.commits.push(middle - start);
      this.lines.push(performance.now() - middle);
    }
  }

  async close(): Promise<void> {
    closeSync(this.#file);
    await this.#client.end();
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const shown = (value: number) => value.toFixed(1);

interface Round {
  readonly one: number;
  readonly many: number;
}

function ratioFigure(name: string, rounds: readonly Round[]): Figure {
  const perSecond = (of: 'one' | 'many') => median(rounds.map((round) => round[of])).toFixed(0);
  return {
    name,
    ...overRounds(rounds.map(({ one, many }) => one / many)),
    unit: 'x',
    bound: 1 / 5,
    detail: `changes a second: one caller ${perSecond('one')}, ${callersMax} callers ${perSecond('many')}`,
  };
}

/** What DELETE takes beyond a commit and a line of the tombstone log. */
function excessFigure(
  share: number,
  bound: number,
  deleted: readonly number[],
  durable: DurableWrites,
): Figure {
  const at = (values: readonly number[]) => quantile(values, share);
  const [took, commit, line] = [at(deleted), at(durable.commits), at(durable.lines)];
  return {
    name: `DELETE beyond its durable writes, p${100 * share}`,
    value: took - commit - line,
    unit: 'ms',
    bound,
    detail: `one caller: ${shown(took)} ms; a commit ${shown(commit)} ms, a line on the disk ${shown(line)} ms`,
  };
}

async function measure(bench: Bench, rig: Rig, durable: DurableWrites): Promise<Figure[]> {
  const ms = bench.quick ? 2000 : 5000;
  await rig.run('own', callersMax, ms);
  const deleted: number[] = [];
  const rounds: Record<Accounts, Round[]> = { own: [], shared: [] };
  for (let round = 0; round < (bench.quick ? 3 : 7); round += 1) {
    for (const accounts of ['own', 'shared'] as const) {
      await durable.measure(100);
      const one = await rig.run(accounts, 1, ms);
      await durable.measure(100);
      const many = await rig.run(accounts, callersMax, ms);
      deleted.push(...one.deleted);
      rounds[accounts].push({ one: one.perSecond, many: many.perSecond });
    }
  }
  return [
    ratioFigure('one caller to 24, an account each', rounds.own),
    ratioFigure('one caller to 24, one account', rounds.shared),
    excessFigure(0.5, 3, deleted, durable),
    excessFigure(0.99, 6, deleted, durable),
  ];
}

export const keyChurnScenario: Scenario = {
  name: 'key-churn',
  anyRelay: false,
  async run(bench) {
    const postgres = await startPostgres({ durable: true });
    try {
      const rig = await Rig.start(bench, postgres);
      const durable = await DurableWrites.open(bench, postgres);
      const figures = await measure(bench, rig, durable);
      await Promise.all([rig.close(), durable.close()]);
      return figures;
    } finally {
      await postgres.stop();
    }
  },
};
