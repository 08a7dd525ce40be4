/** Starts the gateway as an operator would, and configures it through its API. */
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerKinds, ownKinds, translatedKinds } from './answers.ts';
import { Child } from './child.ts';
import { freePort } from './ports.ts';
import { ownTree, type Tree } from './revision.ts';

/** Root's access token in every gateway of the bench. Used nowhere else. */
export const rootToken = 'bench-root-access-token-0000';
const startWaitMs = 60_000;

export interface Gateway {
  readonly child: Child;
  readonly port: number;
  readonly dataDir: string;
}

/** Starts the process without waiting until it listens. */
export async function launchGateway(
  scratch: string,
  options: {
    readonly dataDir?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** Options for Node. */
    readonly nodeOptions?: readonly string[];
    /** What to start from; default: the tree of the bench. Settings that it does not know are left out. */
    readonly tree?: Tree | undefined;
  } = {},
): Promise<Gateway> {
  const dataDir = options.dataDir ?? mkdtempSync(join(scratch, 'data-'));
  const port = await freePort();
  const log = openSync(`${dataDir}.log`, 'a');
  const settings = {
    HALLEY_DATA_DIR: dataDir,
    HALLEY_LISTEN: `127.0.0.1:${port}`,
    HALLEY_BOOTSTRAP_TOKEN: rootToken,
    HALLEY_UPSTREAMS_ALLOW_PRIVATE: 'true',
    HALLEY_DEMO_ENABLED: 'false',
    ...options.env,
  };
  const tree = options.tree ?? ownTree;
  const known = Object.entries(settings).filter(([variable]) => tree.knows(variable));
  const child = new Child('halley', [tree.command, 'serve'], {
    program: '/bin/sh',
    cwd: scratch,
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env.PATH,
      ...(options.nodeOptions && { NODE_OPTIONS: options.nodeOptions.join(' ') }),
      ...Object.fromEntries(known),
    },
  });
  return { child, port, dataDir };
}

function noAnswer({ dataDir }: Gateway): Error {
  const log = readFileSync(`${dataDir}.log`, 'utf8').slice(-2000);
  return new Error(`the gateway does not answer; its log ends with:\n${log}`);
}

/**
 * Polls until `answered` returns true.
 * @throws Error with the end of the gateway's log when the gateway has ended
 */
export async function whenAnswered(
  gateway: Gateway,
  answered: () => Promise<boolean>,
  everyMs = 20,
): Promise<void> {
  const end = performance.now() + startWaitMs;
  while (!(await answered().catch(() => false))) {
    if (!gateway.child.alive || performance.now() > end) {
      throw noAnswer(gateway);
    }
    await sleep(everyMs);
  }
}

export async function whenReady(gateway: Gateway): Promise<void> {
  await whenAnswered(gateway, async () => (await fetch(`http://127.0.0.1:${gateway.port}/readyz`)).ok);
}

/**
 * Calls the management API as root and returns `data`.
 * @throws Error when the call fails
 */
async function manage(gateway: Gateway, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`, {
    method,
    headers: { Authorization: rootToken, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw noAnswer(gateway);
  });
  const text = await response.text();
  const envelope: unknown = JSON.parse(text);
  if (typeof envelope !== 'object' || envelope === null || !('success' in envelope) || !envelope.success) {
    throw new Error(`${method} ${path} answered ${response.status} ${text.slice(0, 300)}`);
  }
  return 'data' in envelope ? envelope.data : undefined;
}

/** Also sets a price for the models, so that each request is charged and recorded. */
export async function makeChannels(gateway: Gateway, upstreamPort: number): Promise<void> {
  const models = answerKinds.map((id) => ({ id, input: '2.5', cached_input: '1.25', output: '10' }));
  await manage(gateway, 'PUT', '/api/price', { models });
  const channels = { openai: ownKinds, anthropic: translatedKinds };
  for (const [protocol, kinds] of Object.entries(channels)) {
    await manage(gateway, 'POST', '/api/channel/', {
      name: `bench ${protocol}`,
      protocols: [protocol],
      base_url: `http://127.0.0.1:${upstreamPort}`,
      keys: ['upstream-key'],
      models: kinds,
      groups: ['default'],
      priority: 0,
      weight: 1,
    });
  }
}

/** A channel to a realtime upstream, with the price of its model. */
export async function makeSocketChannel(gateway: Gateway, upstreamPort: number): Promise<void> {
  const id = 'bench-realtime';
  const rates = { input: '4', output: '16', audio_input: '32', audio_output: '64' };
  await manage(gateway, 'PUT', '/api/price', { models: [{ id, ...rates }] });
  await manage(gateway, 'POST', '/api/channel/', {
    name: 'bench realtime',
    protocols: ['openai'],
    base_url: `http://127.0.0.1:${upstreamPort}`,
    keys: ['upstream-key'],
    models: [id],
  });
}

/** @returns the value of a new key without limits */
export async function makeKey(gateway: Gateway): Promise<string> {
  const data = await manage(gateway, 'POST', '/api/token/', { name: 'bench', unlimited_quota: true });
  if (typeof data !== 'object' || data === null || !('key' in data))
    throw new Error('create answered no key');
  return String(data.key);
}

/** Creates an account that can sign in. */
export async function makeAccount(gateway: Gateway, username: string, password: string): Promise<void> {
  await manage(gateway, 'POST', '/api/user/', { username, password });
}

/** Signs in with an account. @returns an access token of it */
export async function makeAccessToken(gateway: Gateway, username: string, password: string): Promise<string> {
  const origin = `http://127.0.0.1:${gateway.port}`;
  const login = await fetch(`${origin}/api/user/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const answer = await fetch(`${origin}/api/user/token`, { headers: { cookie, origin } });
  const { data } = (await answer.json()) as { readonly data?: unknown };
  if (typeof data !== 'string') throw new Error(`the account ${username} has no access token`);
  return data;
}
