/**
 * Starts the real gateway as a process of its own and stops it. Whatever it writes, and every error answered
 * through `call`, is searched for the secrets the test knows when it stops: a secret that got out fails the
 * test that let it out.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileCache } from './compile-cache.ts';
import { engineEnv } from './engine.ts';
import { maybeEmpty } from './non-empty.ts';
import { until } from './until.ts';

export interface GatewayOptions {
  /** Settings as environment variables, such as `{ HALLEY_REVOCATION_IN_FLIGHT: 'drain' }`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Use this data directory, and leave it when stopping. */
  readonly dataDir?: string;
  /** The file that is run instead of the command line, for tests of changed code. */
  readonly entry?: string;
  /** The command that runs it. */
  readonly command?: 'serve' | 'supervise';
  /** Listening sockets that it is passed as systemd does: their file descriptors by their names. */
  readonly sockets?: Readonly<Record<string, number>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text parsed; undefined when it is not JSON. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

export interface TestKey {
  readonly id: number;
  readonly value: string;
}

export interface Gateway {
  readonly url: string;
  /** Root's access token. */
  readonly token: string;
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** All the gateway has written so far. */
  output(): string;
  /** Its log lines so far, parsed. */
  logLines(): readonly Readonly<Record<string, unknown>>[];
  /** Names a secret that must never show up in what the gateway writes or answers as an error. */
  secret(value: string): void;
  /** One call with `token` (root's unless given) in Authorization. */
  call(
    method: string,
    path: string,
    options?: {
      body?: unknown;
      token?: string | undefined;
      headers?: Record<string, string>;
      rawBody?: string;
    },
  ): Promise<ApiAnswer>;
  /** Creates a key of root's, unlimited unless said otherwise. */
  createKey(fields?: Readonly<Record<string, unknown>>): Promise<TestKey>;
  /** Makes a channel to an upstream at `origin`. */
  createChannel(origin: string, fields?: Readonly<Record<string, unknown>>): Promise<number>;
  /** Asks it to end and waits; asserts a clean exit and that no secret got out. */
  stop(): Promise<void>;
  /** Kills it at once (SIGKILL) and waits; still searches for secrets. */
  kill(): Promise<void>;
}

/** The `data` of an envelope that says success; fails the test otherwise. */
export function dataOf(answer: ApiAnswer): Readonly<Record<string, unknown>> {
  assert.equal(answer.json?.success, true, answer.text);
  return answer.json?.data as Readonly<Record<string, unknown>>;
}

/** The variable by which a run's global setup tells its test files of the gateway that it bundled. */
export const bundledGatewayVariable = 'HALLEY_TEST_GATEWAY';

/** The command line: bundled in a run of many files, else the source. */
export const gatewayFile: string =
  process.env[bundledGatewayVariable] ?? join(import.meta.dirname, '../../src/cli/halley.ts');

const running = new Set<ChildProcess>();
// A test that fails may leave its gateway behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** LISTEN_PID must be the gateway's own process id. Only a shell inside the process knows it, and `exec` keeps it. */
const socketScript = 'LISTEN_PID=$$ exec "$@"';

/** How a process gets sockets: what runs it, its variables, and its file descriptors from 3 on. */
function passing(sockets: Readonly<Record<string, number>> | undefined) {
  if (!sockets) return { program: process.execPath, before: [], env: {}, fds: [] };
  const names = Object.keys(sockets);
  return {
    program: '/bin/sh',
    before: ['-c', socketScript, 'halley', process.execPath],
    env: { LISTEN_FDS: String(names.length), LISTEN_FDNAMES: names.join(':') },
    fds: Object.values(sockets),
  };
}

/** Starts a gateway with a fresh data directory on a free loopback port. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'halley-test-')));
  const token = options.env?.HALLEY_BOOTSTRAP_TOKEN ?? `root-${randomBytes(18).toString('base64url')}`;
  const secrets = new Set([token]);
  const engine = await engineEnv(dataDir);
  const { program, before, env: socketEnv, fds } = passing(options.sockets);
  const words = [...before, options.entry ?? gatewayFile, options.command ?? 'serve'];
  const child = spawn(program, words, {
    env: {
      PATH: process.env.PATH,
      HOME: dataDir,
      ...compileCache,
      HALLEY_DATA_DIR: dataDir,
      HALLEY_LISTEN: '127.0.0.1:0',
      HALLEY_BOOTSTRAP_TOKEN: token,
      HALLEY_UPSTREAMS_ALLOW_PRIVATE: 'true',
      HALLEY_DEMO_ENABLED: 'false',
      ...engine,
      ...options.env,
      ...socketEnv,
    },
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe', ...fds],
  });
  const { stdout, stderr } = child;
  assert.ok(stdout && stderr);
  running.add(child);
  child.once('exit', () => running.delete(child));
  const written: Buffer[] = [];
  const answered: string[] = [];
  stdout.on('data', (chunk: Buffer) => written.push(chunk));
  stderr.on('data', (chunk: Buffer) => written.push(chunk));
  const output = () => Buffer.concat(written).toString('utf8');
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const logLines = () =>
    output()
      .split('\n')
      // What follows the last line break may be half a line.
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const listening = () => {
    if (child.exitCode !== null) throw new Error(`the gateway did not start:\n${output()}`);
    return logLines().find((line) => line.message === 'listening');
  };
  await until(() => listening() !== undefined);
  const scheme = options.env?.HALLEY_TLS_CERT_PATH === undefined ? 'http' : 'https';
  const url = `${scheme}://${listening()?.address}`;

  const searchSecrets = async () => {
    const seen = `${output()}\n${answered.join('\n')}`;
    for (const secret of maybeEmpty(secrets)) {
      assert.ok(!seen.includes(secret), `a secret got out: ${secret.slice(0, 6)}…`);
    }
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };

  const call: Gateway['call'] = async (method, path, given = {}) => {
    const authorization = 'token' in given ? given.token : token;
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(given.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...given.headers,
      },
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
      ...(given.rawBody === undefined ? {} : { body: given.rawBody }),
    });
    const text = await response.text();
    if (!response.ok) answered.push(text);
    let json: Record<string, unknown> | undefined;
    try {
      json = JSON.parse(text) as Record<string, unknown>;
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, json };
  };

  const created = async (path: string, body: unknown) => dataOf(await call('POST', path, { body }));

  return {
    url,
    token,
    dataDir,
    process: child,
    output,
    logLines,
    secret: (value) => secrets.add(value),
    call,
    async createKey(fields = {}) {
      const data = await created('/api/token/', { name: 'test', unlimited_quota: true, ...fields });
      const value = String(data.key);
      secrets.add(value);
      secrets.add(value.slice('sk-'.length));
      return { id: Number(data.id), value };
    },
    async createChannel(origin, fields = {}) {
      const upstreamKey = `upstream-${randomBytes(12).toString('hex')}`;
      secrets.add(upstreamKey);
      const data = await created('/api/channel/', {
        name: 'test upstream',
        protocols: ['openai', 'anthropic', 'gemini'],
        base_url: origin,
        keys: [upstreamKey],
        models: ['test-model'],
        ...fields,
      });
      const { models = ['test-model'] } = fields;
      // One unit for each token, so that charges are easily read; the price is older than any that a test sets.
      const prices = (models as string[]).map((id) => ({ id, input: '2', output: '2', effective_from: 0 }));
      dataOf(await call('PUT', '/api/price', { body: { models: prices } }));
      return Number(data.id);
    },
    async stop() {
      answered.push((await call('GET', '/metrics')).text);
      child.kill('SIGTERM');
      const code = await exited;
      await searchSecrets();
      assert.equal(code, 0, `the gateway ended with ${code}:\n${output().slice(-4000)}`);
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
      await searchSecrets();
    },
  };
}
