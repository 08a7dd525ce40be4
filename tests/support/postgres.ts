/**
 * A real PostgreSQL for tests, on a free loopback port and in a directory of its own. It is run by a keeper
 * process, which ends it and removes its directory when the test process ends, however that ends.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import type { KeeperOrder } from './postgres-keeper.ts';

export interface PostgresOptions {
  /** Whether commits survive a power cut; without it they survive only `kill`. */
  readonly durable?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
  readonly port?: number;
}

/** What tests may do with a PostgreSQL that other test files use too. */
export interface SharedPostgres {
  readonly port: number;
  /** Of the database `postgres`. */
  readonly url: string;
  /**
   * Makes a fresh database.
   * @param template name of the database to copy; nobody may be connected to it
   * @returns its url
   */
  createDatabase(template?: string): Promise<string>;
  query(url: string, sql: string): Promise<Record<string, unknown>[]>;
}

/** A PostgreSQL of a test's own. */
export interface TestPostgres extends SharedPostgres {
  /** Ends it for good. */
  stop(): Promise<void>;
  /** As a power cut does, except that what was written to the operating system stays. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, stopping it first when it runs. */
  restart(): Promise<void>;
  /** Stops its processes where they are: connections stay open and nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

const keeperFile = join(import.meta.dirname, 'postgres-keeper.ts');

/** How often a start is tried: another process may take the free port first. */
const startsMax = 5;

const baseSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '32MB',
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  log_min_messages: 'warning',
};

/** Starts a PostgreSQL with nothing in it and waits until it answers. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const binaries = postgresBinaries();
  const dir = await mkdtemp(join(tmpdir(), 'halley-postgres-'));
  try {
    const dataDir = await initialise(binaries, dir);
    for (let tries = 1; ; tries += 1) {
      const port = options.port ?? (await freePort());
      const settings = {
        ...baseSettings,
        ...(options.durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
        ...options.settings,
        port: String(port),
      };
      const keeper = new Keeper({
        command: binaries.postgres,
        args: [
          '-D',
          dataDir,
          ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
        ],
        logFile: join(dir, 'log'),
        dir,
        owner: binaries.owner,
      });
      if (await keeper.start(port)) return new RunningPostgres(keeper, port);
      if (tries === startsMax) throw new Error(`PostgreSQL does not start: ${await keeper.log()}`);
      await keeper.abandon();
    }
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

/** The variable by which a run's global setup tells its test files of the PostgreSQL that it started. */
export const sharedPostgresVariable = 'HALLEY_TEST_POSTGRES';

/** The PostgreSQL of the run's global setup; undefined = this file runs alone. */
export function postgresOfRun(): { readonly port: number; readonly template: string } | undefined {
  const text = process.env[sharedPostgresVariable];
  return text === undefined ? undefined : JSON.parse(text);
}

let shared: Promise<SharedPostgres> | undefined;

/** The one that all test files of a run share; without a run, one of this process, which ends with it. */
export function shareTestPostgres(): Promise<SharedPostgres> {
  const ofRun = postgresOfRun();
  shared ??= ofRun ? Promise.resolve(new PostgresAt(ofRun.port)) : startPostgres();
  return shared;
}

/** @returns the data directory */
async function initialise({ initdb, owner }: PostgresBinaries, dir: string): Promise<string> {
  const dataDir = join(dir, 'data');
  await mkdir(dataDir, { mode: 0o700 });
  if (owner !== undefined) for (const each of [dir, dataDir]) await chown(each, owner, owner);
  await promisify(execFile)(
    initdb,
    ['-D', dataDir, '--auth=trust', '--username=postgres', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { cwd: dir, ...(owner === undefined ? {} : { uid: owner, gid: owner }) },
  );
  return dataDir;
}

/** The keeper as seen from here. It does not keep the test process running. */
class Keeper {
  readonly #process: ChildProcess;
  readonly #logFile: string;
  readonly #waiting: (() => void)[] = [];
  #running = false;

  constructor(order: KeeperOrder) {
    this.#logFile = order.logFile;
    // A group of its own, so that it outlives a Ctrl-C that ends the tests.
    this.#process = spawn(process.execPath, [keeperFile, JSON.stringify(order)], {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdin, stdout } = this.#process;
    if (!stdin || !stdout) throw new Error('the keeper has no pipes');
    // It may be gone when it is told to end.
    stdin.on('error', () => {});
    createInterface({ input: stdout }).on('line', (line) => {
      if (line === 'ended') this.#running = false;
      else this.#waiting.shift()?.();
    });
    this.#process.on('exit', () => {
      this.#running = false;
      for (const answered of this.#waiting.splice(0)) answered();
    });
    this.#process.unref();
    for (const pipe of [stdin, stdout]) if ('unref' in pipe) (pipe.unref as () => void)();
  }

  async tell(command: 'start' | 'stop' | 'kill' | 'pause' | 'resume'): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#process.stdin?.write(`${command}\n`);
    await this.#held(answered);
  }

  /** Something must keep the process running while it waits for the keeper. */
  async #held(answer: Promise<void>): Promise<void> {
    const hold = setInterval(() => {}, 60_000);
    try {
      await answer;
    } finally {
      clearInterval(hold);
    }
  }

  /** @returns whether it accepts connections now; false = it ended instead */
  async start(port: number): Promise<boolean> {
    this.#running = true;
    await this.tell('start');
    while (this.#running) {
      if (await accepts(port)) return this.#running;
      await sleep(20);
    }
    return false;
  }

  log(): Promise<string> {
    return readFile(this.#logFile, 'utf8').then(
      (text) => text.slice(-2000),
      () => '(no log)',
    );
  }

  /** Ends the keeper alone: nothing it would end is running. */
  async abandon(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.kill('SIGKILL');
    await this.#held(ended);
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.stdin?.end();
    await this.#held(ended);
  }
}

const urlOf = (port: number, database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;

async function accepts(port: number): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlOf(port, 'postgres'), connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

let databases = 0;

class PostgresAt implements SharedPostgres {
  readonly port: number;
  readonly url: string;

  constructor(port: number) {
    this.port = port;
    this.url = urlOf(port, 'postgres');
  }

  async createDatabase(template = 'template0'): Promise<string> {
    databases += 1;
    const name = `test_${process.pid}_${databases}`;
    await this.query(this.url, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
    return urlOf(this.port, name);
  }

  async query(url: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }
}

class RunningPostgres extends PostgresAt implements TestPostgres {
  readonly #keeper: Keeper;

  constructor(keeper: Keeper, port: number) {
    super(port);
    this.#keeper = keeper;
  }

  stop(): Promise<void> {
    return this.#keeper.end();
  }

  kill(): Promise<void> {
    return this.#keeper.tell('kill');
  }

  async restart(): Promise<void> {
    await this.#keeper.tell('stop');
    for (let tries = 1; !(await this.#keeper.start(this.port)); tries += 1) {
      // Processes that were killed may still be on their way out.
      if (tries === startsMax) throw new Error(`PostgreSQL does not restart: ${await this.#keeper.log()}`);
      await sleep(100);
    }
  }

  pause(): Promise<void> {
    return this.#keeper.tell('pause');
  }

  resume(): Promise<void> {
    return this.#keeper.tell('resume');
  }
}
