/** The effect of revoking all credentials of an account on in-flight requests, on every node. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAccount, type TestAccount } from '../support/accounts.ts';
import { onlyOn } from '../support/engine.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type ApiAnswer, dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat, streamed } from './chat.ts';

const once = onlyOn('sqlite', 'it has databases of its own, so once is enough');
let upstream: FakeUpstream;

before(async () => {
  upstream = await startFakeUpstream();
});

after(() => upstream.close());

const revoke = async (gateway: Gateway, { id }: TestAccount) =>
  dataOf(await gateway.call('POST', `/api/user/${id}/revoke`));

test('aborts all in-flight requests of an account’s keys before the response, and no others', async () => {
  const gateway = await startGateway();
  try {
    await gateway.createChannel(upstream.origin);
    const user = await createAccount(gateway, 'leaky');
    const [one, two] = [await user.createKey(), await user.createKey({ expired_time: 4_000_000_000 })];
    const other = await gateway.createKey();
    upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
    const streams = [one, two].map(({ value }) => chat(gateway.url, value, { body: streamed }));
    const kept = chat(gateway.url, other.value, { body: streamed });
    for (const stream of [...streams, kept]) await stream.sees('hello');
    const running = upstream.requests.slice(-3);
    assert.deepEqual(await revoke(gateway, user), { keys: 2, access_token: true, sessions: 1 });
    const { used_quota } = dataOf(await gateway.call('GET', `/api/user/${user.id}`));
    assert.ok(Number(used_quota) > 0, 'what was used must be charged when revoke has answered');
    for (const stream of streams) {
      await stream.end();
      assert.match(stream.text(), /key_revoked/);
    }
    await until(() => running.filter(({ state }) => state === 'aborted').length === 2);
    for (const { value } of [one, two]) assert.equal((await chat(gateway.url, value).head()).status, 401);
    assert.doesNotMatch(kept.text(), /key_revoked/);
    kept.leave();
    // Root has no password here, so it would be locked out without its token.
    const refused = await gateway.call('POST', '/api/user/1/revoke');
    assert.match(String(refused.json?.message), /no password.*Set one first/);
    dataOf(await gateway.call('GET', '/api/user/self'));
  } finally {
    await gateway.stop();
  }
});

test('with drain, in-flight requests of revoked credentials finish, and nothing new is admitted', async () => {
  const gateway = await startGateway({ env: { HALLEY_REVOCATION_IN_FLIGHT: 'drain' } });
  try {
    await gateway.createChannel(upstream.origin);
    const user = await createAccount(gateway, 'leaky');
    const key = await user.createKey();
    upstream.on('/v1', upstreams.chatStream(20, 20));
    const stream = chat(gateway.url, key.value, { body: streamed });
    await stream.sees('word1');
    await revoke(gateway, user);
    assert.equal((await chat(gateway.url, key.value).head()).status, 401);
    assert.equal(await stream.end(), 'whole');
    assert.match(stream.text(), /\[DONE\]/);
  } finally {
    await gateway.stop();
  }
});

/** Starts two nodes of a cluster. */
async function startNodes(t: { after(run: () => Promise<void>): void }) {
  const url = await freshDatabase();
  const start = async (name: string, token?: string) => {
    const gateway = await startGateway({
      env: {
        HALLEY_DATABASE_URL: url,
        HALLEY_FLEET_NODE_NAME: name,
        // Long enough that a stall of a busy machine is not a fault.
        HALLEY_FLEET_LEASE_MS: '8000',
        HALLEY_SERVER_SECRET: '6'.repeat(64),
        ...(token !== undefined && { HALLEY_BOOTSTRAP_TOKEN: token }),
      },
    });
    t.after(() => gateway.stop());
    return gateway;
  };
  const one = await start('node-1');
  return { one, two: await start('node-2', one.token) };
}

test(
  'credentials revoked through one node are refused on another, and their requests there are aborted',
  once,
  async (t) => {
    const { one, two } = await startNodes(t);
    await one.createChannel(upstream.origin);
    const user = await createAccount(one, 'leaky');
    const key = await user.createKey();
    two.secret(key.value);
    two.secret(user.token);
    upstream.on('/v1', upstreams.chatAnswer());
    await until(async () => (await chat(two.url, key.value).head()).status === 200);
    upstream.on('/v1', upstreams.hangAfterHeaders(upstreams.chatChunk('hello')));
    const stream = chat(two.url, key.value, { body: streamed });
    await stream.sees('hello');
    const answer = await one.call('POST', `/api/user/${user.id}/revoke`);
    dataOf(answer);
    assert.match(answer.headers.get('x-halley-revocation') ?? '', /^nodes=1; silent=0; /);
    assert.equal((await chat(two.url, key.value).head()).status, 401);
    assert.equal((await two.call('GET', '/api/user/self', { token: user.token })).status, 401);
    await stream.end();
    assert.match(stream.text(), /key_revoked/);
    await assertSaidWhenConfirmed(one, two);
  },
);

/** While the other node is halted, a deletion is committed but not confirmed, so no response may report success. */
async function assertSaidWhenConfirmed(one: Gateway, two: Gateway): Promise<void> {
  const { id } = await one.createKey();
  const asked: Promise<ApiAnswer>[] = [];
  let settled = 0;
  const ask = (method: string) => {
    const answer = one.call(method, `/api/token/${id}`);
    const note = () => {
      settled += 1;
    };
    answer.then(note, note);
    asked.push(answer);
  };
  two.process.kill('SIGSTOP');
  try {
    ask('DELETE');
    await until(async () => dataOf(await one.call('GET', '/api/token/')).total === 0);
    ask('GET');
    ask('DELETE');
    await sleep(500);
    assert.equal(settled, 0);
  } finally {
    two.process.kill('SIGCONT');
  }
  const [first, read] = await Promise.all(asked);
  assert.equal(first?.json?.success, true);
  const deletedAt = read?.headers.get('x-halley-already-deleted') ?? '';
  assert.match(deletedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const again = await two.call('DELETE', `/api/token/${id}`);
  assert.equal(again.json?.success, false);
  assert.equal(again.headers.get('x-halley-already-deleted'), deletedAt);
}
