/** Runs clients of all protocols at once and records what each received completely before the gateway was killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import type { ActorKey } from './cast.ts';
import type { Chance } from './chance.ts';
import { type Answer, drawQuestion, type Question, readAnswer, toldOf } from './conversation.ts';
import type { Kind, Tokens } from './plan.ts';

/** A response that a client received completely. */
export interface Whole {
  readonly requestId: string;
  readonly kind: Kind;
  readonly key: ActorKey;
  readonly answer: Answer;
  /**
   * The usage that the upstream reported, even if the client did not see it; undefined if the gateway had to count.
   */
  readonly used: Tokens | undefined;
}

/** What the clients of one round saw. */
export interface Sightings {
  readonly wholes: Whole[];
  /** Ids of requests that failed although no access was revoked. They must cost nothing. */
  readonly errors: string[];
  /** Requests that clients began to send. */
  sent: number;
  /** Responses that a gateway must never send. */
  readonly faults: string[];
}

export interface LoadOptions {
  readonly url: string;
  readonly chance: Chance;
  readonly clients: number;
  /** The keys in use now. */
  readonly keys: () => readonly ActorKey[];
}

export interface Load {
  readonly sightings: Sightings;
  /** Starts no more requests and waits for the running ones. For use after the gateway was killed. */
  stop(): Promise<void>;
}

/** Share of clients that disconnect before their response is complete. */
const leavingShare = 0.03;

export function startLoad({ url, chance, clients, keys }: LoadOptions): Load {
  const pool = new Pool(url, { connections: clients, pipelining: 1 });
  const sightings: Sightings = { wholes: [], errors: [], sent: 0, faults: [] };
  let stopped = false;
  const client = async () => {
    while (!stopped) {
      const key = chance.one(keys());
      const question = drawQuestion(chance, key.value);
      sightings.sent += 1;
      const served = await ask(pool, key, question, chance, sightings);
      // A client that is refused at once must not starve the others.
      if (!stopped) await sleep(served ? chance.whole(0, 3) : 15);
    }
  };
  const running = Array.from({ length: clients }, client);
  return {
    sightings,
    async stop() {
      stopped = true;
      await Promise.all(running);
      await pool.destroy();
    },
  };
}

/** @returns whether the response was a success */
async function ask(
  pool: Pool,
  key: ActorKey,
  question: Question,
  chance: Chance,
  sightings: Sightings,
): Promise<boolean> {
  const { path, headers, body, kind } = question;
  const leavesAfter = chance.is(leavingShare) ? chance.whole(1, 3) : Number.POSITIVE_INFINITY;
  let head: Dispatcher.ResponseData;
  try {
    head = await pool.request({ method: 'POST', path, headers, body });
  } catch {
    return false;
  }
  const { text, ended } = await readBody(head.body, leavesAfter);
  const requestId = String(head.headers['x-request-id'] ?? '');
  if (requestId === '') sightings.faults.push(`an answer without an id: ${head.statusCode} ${text}`);
  if (head.statusCode !== 200) {
    if (head.statusCode !== 401) sightings.errors.push(requestId);
    if (/internal_error/.test(text)) sightings.faults.push(`${head.statusCode} ${text}`);
    return false;
  }
  const answer = readAnswer(kind, text);
  if (answer) sightings.wholes.push(wholeOf(requestId, key, question, answer, sightings));
  else if (ended && !/"error"/.test(text)) sightings.faults.push(`${kind} ended without its end: ${text}`);
  return answer !== undefined;
}

function wholeOf(
  requestId: string,
  key: ActorKey,
  { kind, plan, showsUsage }: Question,
  answer: Answer,
  sightings: Sightings,
): Whole {
  const told = toldOf(kind, plan);
  if (showsUsage && JSON.stringify(answer.used) !== JSON.stringify(told)) {
    sightings.faults.push(`${kind} ${requestId} shows ${JSON.stringify(answer.used)}`);
  }
  return { requestId, kind, key, answer, used: showsUsage ? answer.used : told };
}

/** @returns the received bytes, and whether the connection ended regularly */
async function readBody(
  body: Dispatcher.ResponseData['body'],
  piecesMax: number,
): Promise<{ text: string; ended: boolean }> {
  const pieces: Buffer[] = [];
  const text = () => Buffer.concat(pieces).toString('utf8');
  try {
    for await (const piece of body) {
      pieces.push(piece as Buffer);
      if (pieces.length >= piecesMax) return { text: text(), ended: false };
    }
    return { text: text(), ended: true };
  } catch {
    return { text: text(), ended: false };
  }
}
