import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { type Contest, type RaceOptions, race, shotsWith } from './race.ts';

/**
 * Attempts within 10 ms after the confirmations of a race. They take some 40 rounds,
 * and 100 of the cold race: within 40 it catches its mutants. HALLEY_RACE_ATTEMPTS makes the races longer or shorter.
 */
const attempts = Number(process.env.HALLEY_RACE_ATTEMPTS ?? 2500);

const roundsMax = 500;

let gateway: Gateway;
let upstream: Awaited<ReturnType<typeof startFakeUpstream>>;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway({ env: { HALLEY_LOG_REQUESTS: 'false' } });
  await gateway.createChannel(upstream.origin, { models: ['test-model', 'other-model'] });
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const hot = { connections: 64, restless: 2, lead: { admitted: 64, ms: () => 0 }, tailMs: 12 } as const;

async function confirmed(method: string, path: string, body?: unknown, token?: string): Promise<void> {
  const answer = await gateway.call(method, path, {
    ...(body === undefined ? {} : { body }),
    ...(token === undefined ? {} : { token }),
  });
  assert.equal(answer.json?.success, true, answer.text);
}

async function mustHold(
  t: { diagnostic(text: string): void },
  options: Omit<RaceOptions, 'url' | 'roundsMax'> & Partial<Pick<RaceOptions, 'roundsMax'>>,
): Promise<void> {
  const result = await race({ url: gateway.url, roundsMax, ...options });
  t.diagnostic(
    `${result.rounds} rounds: ${result.admitted} of ${result.attempts} attempts admitted; ` +
      `${result.attemptsAfter} began after the confirmation (${result.attemptsSoonAfter} within 10 ms), ` +
      `${result.admittedAfter} of them admitted`,
  );
  assert.equal(result.admittedAfter, 0);
  const near = Math.min(options.attemptsSoonAfter, options.roundsMax ?? roundsMax);
  assert.ok(result.attemptsSoonAfter >= near, 'too few attempts came near the confirmation');
}

/** Creates a contest over a new key of root. */
async function overKey(revoke: (id: number) => Promise<void>): Promise<Contest> {
  const key = await gateway.createKey();
  return { shots: shotsWith(key.value), revoke: () => revoke(key.id) };
}

test('P1: no request that began after DELETE succeeded is admitted, with the key in any place', async (t) => {
  await mustHold(t, {
    ...hot,
    attemptsSoonAfter: attempts,
    prepare: () => overKey((id) => confirmed('DELETE', `/api/token/${id}`)),
  });
});

test('P1 cold: first uses of a key that race its DELETE leave no cache entry that admits it', async (t) => {
  await mustHold(t, {
    connections: 16,
    restless: 16,
    lead: { admitted: 0, ms: (round) => round % 5 },
    tailMs: 12,
    // Each round is one race between the first use of a key and its DELETE, so rounds count, not attempts.
    attemptsSoonAfter: Number.POSITIVE_INFINITY,
    roundsMax: Math.ceil(attempts / 25),
    prepare: () => overKey((id) => confirmed('DELETE', `/api/token/${id}`)),
  });
});

const narrowings = {
  'a key is disabled': { status: 2 },
  "a key's expiry is moved to the past": { expired_time: 1_000_000_000 },
  "a key's models are narrowed": { model_limits_enabled: true, model_limits: 'other-model' },
  "a key's addresses are narrowed": { allow_ips: '192.0.2.1' },
  "a key's quota is taken": { unlimited_quota: false, remain_quota: 0 },
};

for (const [what, fields] of Object.entries(narrowings)) {
  test(`P3: the same holds when ${what}`, async (t) => {
    await mustHold(t, {
      ...hot,
      attemptsSoonAfter: Math.ceil(attempts / 5),
      prepare: () => overKey((id) => confirmed('PUT', '/api/token/', { id, ...fields })),
    });
  });
}

let users = 0;

/** Creates an account that has signed in and created an access token. */
async function createUser(): Promise<{ readonly id: number; readonly token: string }> {
  users += 1;
  const username = `user${users}`;
  const password = `a long password ${users}`;
  gateway.secret(password);
  const user = dataOf(await gateway.call('POST', '/api/user/', { body: { username, password } }));
  const signedIn = await gateway.call('POST', '/api/user/login', {
    body: { username, password },
    token: undefined,
  });
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const made = await gateway.call('GET', '/api/user/token', {
    token: undefined,
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
  });
  const token = String(dataOf(made));
  gateway.secret(token);
  return { id: Number(user.id), token };
}

const manage = (action: string) => (id: number) => confirmed('POST', '/api/user/manage', { id, action });
const revokeCredentials = (id: number) => confirmed('POST', `/api/user/${id}/revoke`);
const endItself = (_: number, key: string) => confirmed('POST', '/api/usage/token/revoke', undefined, key);

for (const [what, revoke] of [
  ['an administrator disables their account', manage('disable')],
  ['an administrator deletes their account', manage('delete')],
  ['all credentials of their account are revoked', revokeCredentials],
  ['their holder ends them', endItself],
] as const) {
  test(`P3: the same holds for keys when ${what}`, async (t) => {
    await mustHold(t, {
      ...hot,
      attemptsSoonAfter: Math.ceil(attempts / 10),
      async prepare() {
        const user = await createUser();
        const body = { name: 'k', unlimited_quota: true };
        const { key } = dataOf(await gateway.call('POST', '/api/token/', { body, token: user.token }));
        gateway.secret(String(key));
        return { shots: shotsWith(String(key)), revoke: () => revoke(user.id, String(key)) };
      },
    });
  });
}

test('P3: the same holds for an access token when it is replaced', async (t) => {
  await mustHold(t, {
    ...hot,
    attemptsSoonAfter: Math.ceil(attempts / 10),
    async prepare() {
      const { token } = await createUser();
      return {
        shots: [
          { method: 'GET', path: '/api/user/self', headers: { authorization: token } },
          { method: 'GET', path: '/api/token/', headers: { authorization: `Bearer ${token}` } },
        ],
        revoke: () => confirmed('GET', '/api/user/token', undefined, token),
      };
    },
  });
});
