/** What `/api/log/detail` says about real requests: phases in their order, every upstream tried, the charge in terms. */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { createAccount, type TestAccount } from '../support/accounts.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { type ChatStream, chat, streamed } from './chat.ts';

let gateway: Gateway;
let first: FakeUpstream;
let second: FakeUpstream;
let user: TestAccount;
let key: TestKey;

before(async () => {
  [first, second] = await Promise.all([startFakeUpstream(), startFakeUpstream()]);
  gateway = await startGateway();
  user = await createAccount(gateway, 'ana', { unlimited_quota: true });
  key = await user.createKey({ content_log_days: 1 });
});

// Each test has channels of its own, since circuits keep their state.
beforeEach(async () => {
  first.on('/v1', upstreams.chatAnswer());
  second.on('/v1', upstreams.chatAnswer());
  const { items } = dataOf(await gateway.call('GET', '/api/channel/')) as { items: { id: number }[] };
  for (const { id } of items) await gateway.call('DELETE', `/api/channel/${id}`);
  await gateway.createChannel(first.origin, { name: 'first', priority: 10, models: ['m'] });
  await gateway.createChannel(second.origin, { name: 'second', priority: 5, models: ['m'] });
});

after(async () => {
  await gateway.stop();
  await Promise.all([first.close(), second.close()]);
});

interface Try {
  readonly channel_name: string;
  readonly channel_id: number;
  readonly key_number: number;
  readonly status: number;
  readonly result: string;
  readonly start_ms: number;
  readonly sent_ms: number;
  readonly first_byte_ms: number;
  readonly end_ms: number;
}

interface Detail {
  readonly record: { readonly state: string; readonly quota: number; readonly error_code: string };
  readonly error: { readonly code: string; readonly text: string; readonly documentation: string } | null;
  readonly timeline: Readonly<Record<string, number>> | null;
  readonly tries: readonly Try[];
  readonly cost: { readonly units: number; readonly exact_units: string; readonly lines: object[] } | null;
  readonly is_content_kept: boolean;
}

const body = { ...streamed, model: 'm' };
const send = () => chat(gateway.url, key.value, { body });

async function idOf(stream: ChatStream): Promise<string> {
  const { headers } = await stream.head();
  await stream.end();
  return String(headers['x-request-id']);
}

const detailCall = (id: string, token: string) =>
  gateway.call('GET', `/api/log/detail?request_id=${id}`, { token });

/** Waits for the record, which an aborted request has only after its end. */
async function detailOf(id: string, token = user.token): Promise<Detail> {
  await until(async () => (await detailCall(id, token)).json?.success === true);
  return dataOf(await detailCall(id, token)) as unknown as Detail;
}

const results = ({ tries }: Detail) => tries.map(({ result, status }) => [result, status]);

test('an answered request: its phases in their order, one try, and a charge that adds up', async () => {
  const detail = await detailOf(await idOf(send()));
  const { timeline, tries, record, cost } = detail;
  assert.equal(record.state, 'ok');
  assert.deepEqual(results(detail), [['ok', 200]]);
  const [only] = nonEmpty(tries);
  const { authorized_ms, body_ms, admitted_ms, first_byte_ms, total_ms, settled_ms } = timeline ?? {};
  const order = [0, authorized_ms, body_ms, admitted_ms, only?.start_ms, only?.sent_ms, first_byte_ms];
  const steps = [...order, total_ms, settled_ms].map((step) => step ?? Number.NaN);
  assert.deepEqual(
    steps,
    [...steps].sort((a, b) => a - b),
  );
  assert.equal(only?.first_byte_ms, first_byte_ms);
  assert.equal(cost?.units, record.quota);
  assert.equal(cost?.exact_units, '10');
  assert.deepEqual(cost?.lines.length, 2);
  assert.equal(detail.error, null);
});

test('a fallback: the first try with its reason, the second one after it; names are for administrators', async () => {
  first.on('/v1', upstreams.json({ error: {} }, 503));
  const id = await idOf(send());
  const own = await detailOf(id);
  assert.deepEqual(results(own), [
    ['failed', 503],
    ['ok', 200],
  ]);
  const [failed, answered] = nonEmpty(own.tries);
  assert.ok((failed?.end_ms ?? Infinity) <= (answered?.start_ms ?? -1));
  for (const { channel_id, channel_name, key_number } of nonEmpty(own.tries)) {
    assert.deepEqual([channel_id, channel_name, key_number], [0, '', 0]);
  }
  const asRoot = await detailOf(id, gateway.token);
  assert.deepEqual(
    asRoot.tries.map(({ channel_name, key_number }) => [channel_name, key_number]),
    [
      ['first', 1],
      ['second', 1],
    ],
  );
  assert.ok(nonEmpty(asRoot.tries).every(({ channel_id }) => channel_id > 0));
});

test('an upstream that cannot be reached, and then one that refuses the request', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  await gateway.createChannel(`http://127.0.0.1:${port}`, { name: 'down', priority: 50, models: ['m'] });
  first.on('/v1', upstreams.json({ error: { message: 'no' } }, 400));
  const detail = await detailOf(await idOf(send()));
  assert.deepEqual(results(detail), [
    ['unreachable', 0],
    ['request_refused', 400],
  ]);
  assert.equal(detail.tries[0]?.sent_ms, -1);
  assert.equal(detail.record.state, 'error');
  assert.equal(detail.cost, null);
});

test('when every upstream fails, the error stands there with its documentation', async () => {
  first.on('/v1', upstreams.resetAtOnce);
  const detail = await detailOf(await idOf(send()));
  assert.deepEqual(results(detail), [['broken', 0]]);
  const { error, record } = detail;
  assert.equal(record.error_code, 'upstream_broken');
  assert.equal(error?.documentation, '/docs/reference/errors#upstream_broken');
  assert.match(error.text, /upstream/);
});

test('a client that leaves: its try had answered, and the request was aborted', async () => {
  first.on(
    '/v1',
    upstreams.hangAfterHeaders(upstreams.chatChunk('word'), { 'content-type': 'text/event-stream' }),
  );
  const stream = send();
  const { headers } = await stream.head();
  await stream.sees('word');
  stream.leave();
  const detail = await detailOf(String(headers['x-request-id']));
  assert.equal(detail.record.state, 'aborted');
  assert.deepEqual(results(detail), [['ok', 200]]);
});

test('nobody but its owner and administrators can open it, and only its owner sees that content is kept', async () => {
  const id = await idOf(send());
  assert.equal((await detailOf(id)).is_content_kept, true);
  assert.equal((await detailOf(id, gateway.token)).is_content_kept, false);
  const other = await createAccount(gateway, 'ben');
  const refused = await detailCall(id, other.token);
  const unknown = await detailCall('no-such-request', other.token);
  assert.equal(refused.json?.success, false);
  assert.equal(refused.text, unknown.text);
});
