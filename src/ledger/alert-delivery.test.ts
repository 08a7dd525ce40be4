import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '../../tests/support/until.ts';
import type { BudgetAlert } from '../domain/accounting/terms.ts';
import { createMetrics } from '../observe/metrics.ts';
import { ManualClock } from '../platform/clock.ts';
import { createLog } from '../platform/log.ts';
import * as notices from '../store/sqlite/alerts.ts';
import { Connection } from '../store/sqlite/connection.ts';
import { migrate } from '../store/sqlite/migrate.ts';
import { AlertDelivery, type AlertDeliveryOptions, retrySchedule } from './alert-delivery.ts';

const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly url: string | undefined;
  readonly body: string;
}

/** A receiver that answers as told: a status, or by hand. */
async function receiver(t: TestContext, answer: (response: ServerResponse, count: number) => void) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      received.push({ headers: request.headers, url: request.url, body });
      answer(response, received.length);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?team=1`;
  return { received, url };
}

/** The tables of the store, and what delivers from them; it can be started anew on the same database. */
function rig(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'halley-notices-'));
  const path = join(dir, 'test.db');
  const connection = new Connection(path);
  migrate(connection, path);
  const clock = new ManualClock();
  const lines: string[] = [];
  const log = createLog({ level: 'debug' }, { write: (line) => lines.push(line) });
  const metrics = createMetrics({
    requestsRunning: () => 0,
    keysInMemory: () => 0,
    areRestoresProtected: () => true,
    tombstonesQueued: () => 0,
    dataDisk: () => Promise.resolve({ freeBytes: 5, sizeBytes: 20 }),
    channels: () => [],
  });
  const store: AlertDeliveryOptions['store'] = {
    listAlerts: async (now, limit) => notices.listAlerts(connection, now, limit),
    claimAlerts: async (...args) => notices.claimAlerts(connection, ...args),
    deleteAlert: async (id) => notices.deleteAlert(connection, id),
    deferAlert: async (...args) => notices.deferAlert(connection, ...args),
  };
  const running: AlertDelivery[] = [];
  t.after(async () => {
    await Promise.all(running.map((each) => each.stop()));
    connection.close();
    rmSync(dir, { recursive: true });
  });
  const seconds = () => Math.floor(clock.now() / 1000);
  return {
    clock,
    /** Lets time go on until it is so. */
    later: (condition: () => boolean) =>
      until(() => {
        if (condition()) return true;
        clock.advance(1000);
        return false;
      }),
    seconds,
    pending: () => notices.listAlerts(connection, Number.MAX_SAFE_INTEGER, 1000),
    logged: (text: string) => lines.filter((line) => line.includes(text)).length,
    metricsText: async () => (await metrics.render()).body,
    async begin(url: string | undefined, schedule?: readonly number[]) {
      const delivery = new AlertDelivery({
        store,
        clock,
        webhook: url === undefined ? undefined : { url, secret },
        log,
        metrics,
        ...(schedule && { schedule }),
      });
      running.push(delivery);
      await delivery.start();
      return delivery;
    },
    /** As settlement makes it. */
    add(kind: BudgetAlert['kind'], keyId: number): BudgetAlert {
      const before = notices.listAlerts(connection, Number.MAX_SAFE_INTEGER, 1000).length;
      connection.run(
        `INSERT INTO notices (kind, account_id, key_id, name, period, period_start, period_end, used,
          budget_units, threshold_units, created_at, next_attempt_at)
        VALUES (?, 3, ?, 'website', 'daily', 1799971200, 1800057600, 805, 1000, 800, ?2, ?2)`.replaceAll(
          '?2',
          String(seconds()),
        ),
        kind,
        keyId,
      );
      const all = notices.listAlerts(connection, Number.MAX_SAFE_INTEGER, 1000);
      assert.equal(all.length, before + 1);
      return all.toSorted((a, b) => b.id - a.id)[0] as BudgetAlert;
    },
  };
}

/** What the scheme says a receiver does, written from its text. */
function verified({ headers, body }: Received): Record<string, unknown> {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  assert.equal(signature, `v1,${expected}`);
  return JSON.parse(body);
}

test('a notice is logged, counted and sent once, signed, and then forgotten', async (t) => {
  const { received, url } = await receiver(t, (response) => response.end());
  const { begin, add, pending, logged, metricsText, seconds } = rig(t);
  const delivery = await begin(url);
  const notice = add('budget.soft', 12);
  delivery.announce([notice]);
  await until(() => pending().length === 0);
  assert.equal(received.length, 1);
  const [first] = received;
  assert.ok(first);
  assert.equal(first.url, '/hook?team=1');
  assert.equal(first.headers['content-type'], 'application/json');
  assert.equal(first.headers['webhook-timestamp'], String(seconds()));
  assert.deepEqual(verified(first), {
    type: 'budget.soft',
    timestamp: new Date(seconds() * 1000).toISOString().replace('.000Z', 'Z'),
    data: {
      scope: 'key',
      account_id: 3,
      key_id: 12,
      name: 'website',
      period: 'daily',
      period_start: '2027-01-15T00:00:00Z',
      period_end: '2027-01-16T00:00:00Z',
      used: 805,
      budget: 1000,
      threshold: 800,
    },
  });
  assert.equal(logged('soft threshold'), 1);
  const text = await metricsText();
  assert.match(text, /^halley_budget_notices_total\{kind="budget.soft",scope="key"\} 1$/m);
  assert.match(text, /^halley_webhook_deliveries_total\{result="delivered"\} 1$/m);
});

test('without a webhook notices are logged and forgotten', async (t) => {
  const { begin, add, pending, logged } = rig(t);
  const delivery = await begin(undefined);
  delivery.announce([add('budget.hard', 0), add('budget.soft', 1)]);
  await until(() => pending().length === 0);
  assert.equal(logged('used up'), 1);
  assert.equal(logged('soft threshold'), 1);
});

test('what fails is sent again by the schedule, the same but for its time, and across a restart', async (t) => {
  const { received, url } = await receiver(t, (response, count) => {
    // A redirect is a failure too: its target never sees the message.
    if (count === 1) response.writeHead(302, { location: '/elsewhere' }).end();
    else if (count === 2) response.destroy();
    else response.writeHead(204).end();
  });
  const { begin, add, pending, clock, logged, later } = rig(t);
  const first = await begin(url, [10, 20]);
  first.announce([add('budget.hard', 0)]);
  await until(() => pending()[0]?.attempts === 1);
  await first.stop();
  assert.equal(received.length, 1);
  clock.advance(9000);
  const second = await begin(url, [10, 20]);
  await later(() => received.length === 2);
  await until(() => pending()[0]?.attempts === 2);
  await later(() => received.length === 3);
  await until(() => pending().length === 0);
  const ids = received.map(({ headers }) => headers['webhook-id']);
  assert.equal(new Set(ids).size, 1);
  assert.equal(new Set(received.map(({ body }) => body)).size, 1);
  const [one = 0, two = 0, three = 0] = received.map(({ headers }) => Number(headers['webhook-timestamp']));
  assert.ok(two - one >= 10 && three - two >= 20, 'not before their time');
  for (const each of received) verified(each);
  assert.equal(logged('used up'), 1, 'said once, whatever became of its delivery');
  await second.stop();
});

test('a receiver that never takes it is given up on after the last attempt, with an error in the log', async (t) => {
  const { received, url } = await receiver(t, (response) => response.writeHead(500).end());
  const { begin, add, pending, logged, metricsText, later } = rig(t);
  const delivery = await begin(url, [5, 5]);
  delivery.announce([add('budget.hard', 4)]);
  for (const count of [1, 2, 3]) await later(() => received.length === count);
  await until(() => pending().length === 0);
  assert.equal(received.length, 3);
  assert.equal(logged('is given up'), 1);
  assert.match(await metricsText(), /^halley_webhook_deliveries_total\{result="given_up"\} 1$/m);
});

test('a receiver that does not answer is cut off after a while, and holds up no end of the process', async (t) => {
  const { received, url } = await receiver(t, () => undefined);
  const { begin, add, pending, clock, later } = rig(t);
  const delivery = await begin(url, [60]);
  delivery.announce([add('budget.soft', 4)]);
  await until(() => received.length === 1);
  clock.advance(15_000);
  await until(() => pending()[0]?.attempts === 1);
  await later(() => received.length === 2);
  await delivery.stop();
  assert.equal(pending()[0]?.attempts, 1, 'what the end of the process broke off has not failed');
});

test('what the end of one process broke off, another one takes up at once', async (t) => {
  const { received, url } = await receiver(t, (response, count) => {
    if (count > 1) response.end();
  });
  const { begin, add, pending } = rig(t);
  const first = await begin(url);
  first.announce([add('budget.soft', 4)]);
  await until(() => received.length === 1);
  const second = await begin(url);
  await first.stop();
  second.announce([add('budget.soft', 5)]);
  await until(() => pending().length === 0);
  assert.equal(received.length, 3);
});

test('of two processes that deliver from one store, each notice is sent by one', async (t) => {
  const { received, url } = await receiver(t, (response) => response.end());
  const { begin, add, pending } = rig(t);
  const processes = [await begin(url), await begin(url)];
  const made = Array.from({ length: 30 }, (_, index) => add('budget.soft', index + 1));
  for (const process of processes) process.announce(made);
  await until(() => pending().length === 0);
  assert.equal(received.length, 30);
});

test('what a crash left unsaid is said at the start', async (t) => {
  const { received, url } = await receiver(t, (response) => response.end());
  const { begin, add, pending, logged } = rig(t);
  for (let keyId = 1; keyId <= 20; keyId += 1) add('budget.soft', keyId);
  await begin(url);
  await until(() => pending().length === 0);
  assert.equal(logged('soft threshold'), 20);
  assert.equal(received.length, 20);
  assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 20);
});

test('the schedule goes on for more than a day', () => {
  assert.ok(retrySchedule.length + 1 >= 12);
  assert.ok(retrySchedule.reduce((sum, wait) => sum + wait, 0) > 24 * 3600);
});
