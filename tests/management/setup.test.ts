/** The first sign-in of root by the one-time code of the setup link. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { digestOf } from '../../src/domain/digest.ts';
import { makeSetupCode } from '../../src/management/setup-link.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { createAccount, dataOf, ownPage, type Reply, refusalOf, signIn, useRig } from './rig.ts';

const rig = useRig({ settings: { accounts: { login_attempts_max: 25, login_window_ms: 60_000 } } });
const password = 'a password of my own';
let rootId = 0;

/** Opens the setup of an account that has not been set up. */
async function openSetup(accountId = rootId): Promise<string> {
  return (await newCode(accountId, true)) ?? '';
}

const newCode = (accountId: number, isNew: boolean) =>
  makeSetupCode({
    signIns: rig.store.signIns,
    clock: rig.clock,
    random: systemRandom,
    rootId: accountId,
    isNew,
  });

const setUp = (code: string, body: object = { password }) =>
  rig.call('POST', '/api/user/setup', { token: null, body: { code, ...body } });
const check = (code: string) => rig.call('POST', '/api/user/setup/check', { token: null, body: { code } });

const assertDead = (reply: Reply) => {
  refusalOf(reply, 401, /restart the gateway/);
  assert.equal(reply.json.code, 'setup_code_invalid');
};

beforeEach(async () => {
  rootId = Number(dataOf(await rig.call('GET', '/api/user/self')).id);
  rig.clock.advance(60_001);
});

test('the link signs root in with a password of its own, once', async () => {
  const code = await openSetup();
  assert.deepEqual(dataOf(await check(code)), { username: 'root' });
  refusalOf(await setUp(code, { password: 'short' }), 400, /password/);
  refusalOf(await setUp(code, {}), 400, /password/);
  const reply = await setUp(code);
  assert.equal(dataOf(reply).username, 'root');
  const cookie = String(reply.headers['set-cookie']?.[0]?.split(';')[0]);
  const self = await rig.call('GET', '/api/user/self', { token: null, headers: ownPage(rig, cookie) });
  assert.equal(dataOf(self).id, rootId);
  await signIn(rig, 'root', password);
  assertDead(await setUp(code));
  assertDead(await check(code));
  assert.equal(await newCode(rootId, false), undefined, 'a restart makes no other');
});

test('of 20 that use one code at the same time, one succeeds', async () => {
  const code = await openSetup();
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, index) => setUp(code, { password: `password of racer ${index}` })),
  );
  const winners = replies.flatMap((reply, index) => (reply.status === 200 ? [index] : []));
  assert.equal(winners.length, 1);
  for (const reply of nonEmpty(replies.filter(({ status }) => status !== 200))) assertDead(reply);
  await signIn(rig, 'root', `password of racer ${winners[0]}`);
});

test('a code is dead after an hour; a restart makes another while root has not signed in', async () => {
  const code = await openSetup();
  rig.clock.advance(3_599_000);
  dataOf(await check(code));
  const next = await newCode(rootId, false);
  assert.ok(next);
  rig.clock.advance(1000);
  assertDead(await check(code));
  assertDead(await setUp(code));
  dataOf(await setUp(next));
});

test('a sign-in with the printed password ends the setup', async () => {
  const user = await createAccount(rig, { role: 10 });
  const code = await openSetup(user.id);
  dataOf(await check(code));
  await signIn(rig, user.username, user.password);
  assertDead(await setUp(code));
  assert.equal(await newCode(user.id, false), undefined);
});

test('guesses are limited like those of passwords, and other sites cannot use a code', async () => {
  const code = await openSetup();
  const foreign = await rig.call('POST', '/api/user/setup', {
    token: null,
    body: { code, password },
    headers: { origin: 'https://evil.example' },
  });
  refusalOf(foreign, 403);
  for (let count = 0; count < 25; count += 1) assertDead(await check(`guess ${count}`));
  const stopped = await setUp(code);
  refusalOf(stopped, 429);
  assert.equal(stopped.json.retry_after, Number(stopped.headers['retry-after']));
  rig.clock.advance(60_001);
  dataOf(await setUp(code));
});

test('neither the code nor the password is in a log, an error or the database', async () => {
  const code = await openSetup();
  const found = await rig.store.signIns.findSetupCode(digestOf(code), 0);
  assert.ok(found && !Buffer.from(found.digest).toString('latin1').includes(code));
  const replies = [await check(`${code}x`), await setUp(code, { password: 7 }), await setUp(code)];
  for (const { text } of nonEmpty(replies)) assert.ok(!text.includes(code) && !text.includes(password));
  assert.ok(!rig.logged().includes(code) && !rig.logged().includes(password));
});
