/**
 * Races sockets against the call that revokes their key: none that was offered after the confirmation opens, and no frame
 * that the upstream made after it reaches a client.
 */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { type SocketUpstream, startSocketUpstream } from '../realtime/fake-upstream.ts';
import { RealtimeSocket } from '../realtime/socket.ts';
import { differencesIn } from '../support/database.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { maybeEmpty, nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';

/** Of 16 sockets that are offered after the confirmation, in the mean. */
const rounds = Math.ceil(Number(process.env.HALLEY_RACE_ATTEMPTS ?? 2500) / 600);
const query = 'model=test-realtime';
const rates = { input: '2', output: '2', audio_input: '2', audio_output: '2' };
let gateway: Gateway;
let upstream: SocketUpstream;

before(async () => {
  gateway = await startGateway({ env: { HALLEY_LOG_REQUESTS: 'false' } });
  upstream = await startSocketUpstream({
    on(event, socket) {
      if (event.type === 'response.cancel') {
        const usage = { input_tokens: 1, output_tokens: 1 };
        socket.send({ type: 'response.done', response: { id: 'r', status: 'cancelled', usage } });
      }
      if (event.type !== 'response.create') return;
      socket.send({ type: 'response.created', response: { id: 'r' } });
      const say = () =>
        socket.send({
          type: 'response.output_text.delta',
          response_id: 'r',
          delta: String(performance.now()),
        });
      const timer = setInterval(say, 1);
      socket.socket.on('close', () => clearInterval(timer));
    },
  });
  await gateway.createChannel(upstream.origin, { models: ['test-realtime'] });
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'test-realtime', ...rates }] } }));
});
after(async () => {
  await upstream.close();
  await gateway.stop();
});

/** Offers one socket and drops it. @returns the status: 101 = it opened */
function offer(credential: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(`${gateway.url}/v1/realtime?${query}`, {
      agent: false,
      headers: {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        'sec-websocket-protocol': `realtime, openai-insecure-api-key.${credential}`,
      },
    });
    sent.on('error', () => resolve(0));
    sent.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('upgrade', (_response, socket) => {
      socket.on('error', () => {});
      socket.destroy();
      resolve(101);
    });
    sent.end();
  });
}

interface Round {
  opened: number;
  openedAfter: number;
  attemptsAfter: number;
  madeAfter: number;
}

async function raceOnce(key: TestKey, secret: string): Promise<Round> {
  const result: Round = { opened: 0, openedAfter: 0, attemptsAfter: 0, madeAfter: 0 };
  const talking = await Promise.all(
    Array.from({ length: 4 }, () => RealtimeSocket.open(gateway.url, key.value, { query })),
  );
  for (const client of talking) client.send({ type: 'response.create' });
  for (const client of talking) await client.sees('response.output_text.delta');
  let confirmedAt = Number.POSITIVE_INFINITY;
  let isOver = false;
  const hammer = async (credential: string) => {
    while (!isOver) {
      const beganAt = performance.now();
      const isOpen = (await offer(credential)) === 101;
      if (isOpen) result.opened += 1;
      if (beganAt <= confirmedAt) continue;
      result.attemptsAfter += 1;
      if (isOpen) result.openedAfter += 1;
    }
  };
  const hammers = [key.value, key.value, secret, secret].map(hammer);
  await until(() => result.opened >= 8);
  const answer = await gateway.call('DELETE', `/api/token/${key.id}`);
  confirmedAt = performance.now();
  assert.equal(answer.json?.success, true);
  await until(() => result.attemptsAfter >= 8);
  isOver = true;
  await Promise.all(hammers);
  for (const client of talking) assert.equal(await client.closed(), 1008);
  const stamps = talking.flatMap((client) =>
    client.all('response.output_text.delta').map(({ delta }) => Number(delta)),
  );
  result.madeAfter = stamps.filter((stamp) => stamp > confirmedAt).length;
  return result;
}

test('no socket opens after DELETE has responded, no later frame arrives, and each response is settled once', async (t) => {
  const done: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const key = await gateway.createKey();
    const made = await gateway.call('POST', '/v1/realtime/client_secrets', {
      token: `Bearer ${key.value}`,
      body: {},
    });
    done.push(await raceOnce(key, String(made.json?.value)));
    const { items } = dataOf(await gateway.call('GET', '/api/log/?page_size=10'));
    const own = (items as { token_id: number }[]).filter((row) => row.token_id === key.id);
    assert.equal(own.length, 4);
  }
  const sum = (of: (round: Round) => number) =>
    maybeEmpty(done).reduce((total, round) => total + of(round), 0);
  t.diagnostic(
    `${rounds} rounds: ${sum((round) => round.opened)} sockets opened, ${sum((round) => round.attemptsAfter)} offered after the confirmation`,
  );
  for (const { openedAfter, madeAfter } of nonEmpty(done)) assert.deepEqual([openedAfter, madeAfter], [0, 0]);
  assert.deepEqual(await differencesIn(gateway.dataDir, 5), []);
});
