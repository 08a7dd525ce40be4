/** Tokens of Google's service accounts, requested of an endpoint that verifies the assertion. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startFakeUpstream } from '../../../tests/support/fake-upstream.ts';
import { googleAccount } from '../../../tests/support/google-tokens.ts';
import { json, resetAtOnce } from '../../../tests/support/upstream-behaviours.ts';
import { systemClock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { createPool } from '../pools.ts';
import { requestGoogleToken } from './google-token.ts';
import { readServiceAccount } from './service-account.ts';

const upstream = await startFakeUpstream();
after(() => upstream.close());
const { origin } = upstream;
const times = { connectMs: 1000, firstByteMs: 1000, idleChunkMs: 1000, connectionsMax: 1 };
const google = googleAccount(origin);
upstream.on('/token', google.issue);

async function request(keyFile: string, allowPrivate = true) {
  const account = readServiceAccount(keyFile);
  const connections = createPool({ origin, ...times, allowPrivate });
  try {
    return await requestGoogleToken({ account, connections, clock: systemClock, timeoutMs: 1000 });
  } finally {
    await connections.destroy();
  }
}

const refusedWith = (code: string, log: RegExp) => (error: unknown) => {
  assert.ok(error instanceof HalleyError);
  assert.equal(error.code, code);
  assert.match(error.log ?? '', log);
  return true;
};

test('signs an assertion that Google accepts, and reads the token', async () => {
  assert.deepEqual(await request(google.keyFile), { value: google.tokens[0], lifetimeMs: 3_600_000 });
});

test("an account that Google refuses is the key's fault", async () => {
  const other = googleAccount(origin).keyFile;
  await assert.rejects(
    request(other),
    refusedWith('upstream_rejected', /answered 400 invalid_grant: Invalid JWT/),
  );
});

test('an endpoint that fails is not', async () => {
  const failures = [
    [json({ error: 'internal_failure' }, 503), /answered 503 internal_failure/],
    [json({ error: 'rate_limit' }, 429), /answered 429/],
    [json({ access_token: 'x' }), /answered 200/],
    [json({}, 302, { location: '/elsewhere' }), /answered 302/],
    [resetAtOnce, /no access token from http/],
  ] as const;
  for (const [behaviour, log] of failures) {
    upstream.on('/token', behaviour);
    await assert.rejects(request(google.keyFile), refusedWith('upstream_unreachable', log));
  }
  upstream.on('/token', google.issue);
});

test('a key file is refused for what is wrong with it, and not quoted', () => {
  const file = JSON.parse(google.keyFile) as Record<string, unknown>;
  const wrong = [
    ['no json', /this is no JSON\./],
    ['null', /this is no JSON object/],
    [JSON.stringify({ ...file, type: 'authorized_user' }), /"type"/],
    [JSON.stringify({ ...file, client_email: undefined }), /"client_email"/],
    [JSON.stringify({ ...file, private_key: undefined }), /"private_key"/],
    [JSON.stringify({ ...file, private_key: 'secret words' }), /no private key in PEM/],
    [JSON.stringify({ ...file, token_uri: 'token' }), /"token_uri"/],
  ] as const;
  for (const [text, message] of wrong) {
    assert.throws(
      () => readServiceAccount(text),
      (error) => {
        assert.ok(error instanceof HalleyError);
        assert.equal(error.param, 'keys');
        assert.match(error.message, message);
        assert.ok(!error.message.includes('secret words'));
        return true;
      },
    );
  }
});
