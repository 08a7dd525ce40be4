/** One request of the crash test, and what of its answer the client holds when the gateway is gone. */
import { Agent, request } from 'node:http';
import { type Counted, kinds, unitsOf } from './kinds.ts';
import { type Order, orderMark } from './upstream.ts';

/** An answer that a client has whole. */
export interface Whole {
  readonly kind: string;
  readonly requestId: string;
  readonly keyId: number;
  readonly units: number;
}

export interface Tally {
  requests: number;
  refused: number;
  broken: number;
  readonly wholes: Whole[];
}

export interface LoadKey {
  readonly id: number;
  readonly value: string;
}

const withOrder = (body: object, order: Order): string => {
  const mark = `hello ${orderMark}${JSON.stringify(order)}!`;
  return JSON.stringify(body).replace('"hello"', () => JSON.stringify(mark));
};

/** Sends requests one after the other until `over`. */
export async function sendUntil(
  over: () => boolean,
  url: string,
  keys: readonly LoadKey[],
  random: () => number,
  tally: Tally,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!over()) {
    const kind = Math.floor(random() * kinds.length);
    const key = keys[Math.floor(random() * keys.length)];
    const used = { input: 1 + Math.floor(random() * 30), output: 1 + Math.floor(random() * 50) };
    const gapMs = random() < 0.3 ? Math.floor(random() * 40) : 0;
    if (!key) throw new Error('no key');
    tally.requests += 1;
    await sendOne(agent, url, key, { kind, used, gapMs }, tally);
  }
  agent.destroy();
}

function sendOne(agent: Agent, url: string, key: LoadKey, order: Order, tally: Tally): Promise<void> {
  const kind = kinds[order.kind];
  if (!kind) throw new Error('no such kind');
  const payload = withOrder(kind.body, order);
  return new Promise((resolve) => {
    const outgoing = request(url + kind.path, {
      method: 'POST',
      agent,
      headers: { authorization: `Bearer ${key.value}`, 'content-length': Buffer.byteLength(payload) },
    });
    outgoing.on('error', () => resolve());
    outgoing.on('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (piece: string) => {
        text += piece;
      });
      incoming.on('error', () => undefined);
      incoming.on('close', () => {
        const { statusCode = 0, headers, complete } = incoming;
        if (statusCode !== 200) tally.refused += 1;
        else if (!kind.isWhole(text, complete)) tally.broken += 1;
        else {
          const requestId = String(headers['x-request-id']);
          const units = unitsOf(kind, order.used satisfies Counted);
          tally.wholes.push({ kind: kind.name, requestId, keyId: key.id, units });
        }
        resolve();
      });
    });
    outgoing.end(payload);
  });
}
