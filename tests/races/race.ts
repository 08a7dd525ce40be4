/**
 * Races clients that use a right against the call that revokes it, and counts violations: requests that began after
 * the revocation was confirmed, and were admitted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { until } from '../support/until.ts';

/** One request of the clients. */
export interface Shot {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A right, the requests that use it, and the call that revokes it. */
export interface Contest {
  readonly shots: readonly Shot[];
  /** Resolves when the gateway has confirmed the revocation. */
  revoke(): Promise<void>;
}

export interface RaceOptions {
  readonly url: string;
  /** The race ends after this many attempts began within 10 ms after a confirmation, the window that matters. */
  readonly attemptsSoonAfter: number;
  /** Bounds a race on a machine so slow that few attempts fall into that window. */
  readonly roundsMax: number;
  /** Whether the race ends after the first round with a violation. */
  readonly endsWhenLost?: boolean;
  readonly connections: number;
  /** Of those, how many continue after they are refused, before the confirmation. The others wait for it. */
  readonly restless: number;
  /** When to send the revocation: after this many admitted requests of the round, and then this many milliseconds. */
  readonly lead: { readonly admitted: number; readonly ms: (round: number) => number };
  /** Milliseconds during which clients continue after the confirmation. */
  readonly tailMs: number;
  prepare(round: number): Promise<Contest>;
}

export interface RaceResult {
  /** Requests that began after the confirmation and were admitted: must be 0. */
  admittedAfter: number;
  rounds: number;
  /** All admitted requests: must not be 0, otherwise the race tested nothing. */
  admitted: number;
  attempts: number;
  /** Attempts that began after the confirmation. */
  attemptsAfter: number;
  /** Those within 10 ms of it. */
  attemptsSoonAfter: number;
}

/** Runs the race. A status of 200 counts as admitted, anything else as refused. */
export async function race(options: RaceOptions): Promise<RaceResult> {
  const result = {
    admittedAfter: 0,
    rounds: 0,
    admitted: 0,
    attempts: 0,
    attemptsAfter: 0,
    attemptsSoonAfter: 0,
  };
  const pool = new Pool(options.url, { connections: options.connections, pipelining: 1 });
  try {
    while (result.rounds < options.roundsMax && result.attemptsSoonAfter < options.attemptsSoonAfter) {
      if (options.endsWhenLost && result.admittedAfter > 0) break;
      const contest = await options.prepare(result.rounds);
      await raceOnce(pool, contest, options, result.rounds, result);
      result.rounds += 1;
    }
  } finally {
    await pool.destroy();
  }
  return result;
}

async function raceOnce(
  pool: Pool,
  contest: Contest,
  options: RaceOptions,
  round: number,
  result: RaceResult,
): Promise<void> {
  let confirmedAt = Number.POSITIVE_INFINITY;
  let stopped = false;
  const admittedBefore = result.admitted;
  const confirmation = Promise.withResolvers<void>();
  const hammer = async (client: number) => {
    for (let shot = client; !stopped; shot += 1) {
      const { method, path, headers, body } = contest.shots[shot % contest.shots.length] as Shot;
      const beganAt = performance.now();
      const status = await shoot(pool, { method, path, headers, ...(body === undefined ? {} : { body }) });
      result.attempts += 1;
      if (status === 200) result.admitted += 1;
      if (beganAt <= confirmedAt) {
        // What is refused already shows nothing before the confirmation: most wait, to begin right after that.
        if (status !== 200 && client >= options.restless) await confirmation.promise;
        continue;
      }
      result.attemptsAfter += 1;
      if (beganAt - confirmedAt <= 10) result.attemptsSoonAfter += 1;
      if (status === 200) result.admittedAfter += 1;
    }
  };
  const clients = Array.from({ length: options.connections }, (_, client) => hammer(client));
  await until(() => result.admitted - admittedBefore >= options.lead.admitted, 1);
  await sleep(options.lead.ms(round));
  await contest.revoke();
  confirmedAt = performance.now();
  confirmation.resolve();
  await sleep(options.tailMs);
  stopped = true;
  await Promise.all(clients);
}

/** @returns the status; 0 when the connection closed without a response */
async function shoot(pool: Pool, shot: Shot): Promise<number> {
  try {
    const answer = await pool.request({ ...shot, headers: { ...shot.headers } });
    await answer.body.dump();
    return answer.statusCode;
  } catch {
    return 0;
  }
}

const chatBody = JSON.stringify({ model: 'test-model', messages: [{ role: 'user', content: 'hi' }] });
const generateBody = JSON.stringify({ contents: [{ parts: [{ text: 'hi' }] }] });

/** Returns a model request with the key in each place where it may be. */
export function shotsWith(value: string): readonly Shot[] {
  const bare = value.replace(/^sk-/, '');
  const type = { 'content-type': 'application/json' };
  const forms: readonly Readonly<Record<string, string>>[] = [
    { authorization: `Bearer ${value}` },
    { authorization: `bearer ${bare}` },
    { authorization: value },
    { 'x-api-key': value },
    { 'x-goog-api-key': bare },
    { 'mj-api-secret': value },
    { 'sec-websocket-protocol': `realtime, openai-insecure-api-key.${value}` },
  ];
  const chats = forms.map((headers) => ({
    method: 'POST' as const,
    path: '/v1/chat/completions',
    headers: { ...type, ...headers },
    body: chatBody,
  }));
  const path = `/v1beta/models/test-model:generateContent?key=${value}`;
  return [...chats, { method: 'POST', path, headers: type, body: generateBody }];
}
