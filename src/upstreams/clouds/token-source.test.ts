/** Renewal of access tokens. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../platform/clock.ts';
import { TokenSource } from './token-source.ts';

function scene(lifetimeMs = 3_600_000) {
  const clock = new ManualClock();
  const waiting: { resolve: () => void; reject: () => void }[] = [];
  let issued = 0;
  const source = new TokenSource(
    () =>
      new Promise((resolve, reject) => {
        waiting.push({
          resolve: () => resolve({ value: `token-${++issued}`, lifetimeMs }),
          reject: () => reject(new Error('refused')),
        });
      }),
    clock,
  );
  return { clock, source, waiting };
}

test('all callers share one request', async () => {
  const { source, waiting } = scene();
  const callers = [source.token(), source.token(), source.token()];
  assert.equal(waiting.length, 1);
  waiting[0]?.resolve();
  assert.deepEqual(await Promise.all(callers), ['token-1', 'token-1', 'token-1']);
  assert.equal(await source.token(), 'token-1');
  assert.equal(waiting.length, 1);
});

test('a token is renewed before it expires, and nobody waits for that', async () => {
  const { clock, source, waiting } = scene();
  const first = source.token();
  waiting[0]?.resolve();
  await first;
  clock.advance(3_299_999);
  assert.equal(await source.token(), 'token-1');
  assert.equal(waiting.length, 1);
  clock.advance(1);
  assert.deepEqual(await Promise.all([source.token(), source.token()]), ['token-1', 'token-1']);
  assert.equal(waiting.length, 2);
  waiting[1]?.resolve();
  await new Promise(setImmediate);
  assert.equal(await source.token(), 'token-2');
});

test('a failed renewal is tried again after a pause, and fails a request only when the token has expired', async () => {
  const { clock, source, waiting } = scene();
  const first = source.token();
  waiting[0]?.resolve();
  await first;
  clock.advance(3_400_000);
  assert.equal(await source.token(), 'token-1');
  waiting[1]?.reject();
  await new Promise(setImmediate);
  assert.equal(await source.token(), 'token-1');
  assert.equal(waiting.length, 2, 'it pauses');
  clock.advance(10_000);
  assert.equal(await source.token(), 'token-1');
  waiting[2]?.reject();
  clock.advance(200_000);
  await new Promise(setImmediate);
  const last = source.token();
  waiting[3]?.reject();
  await assert.rejects(last, /refused/);
});

test('a refused token is discarded, unless it has been renewed', async () => {
  const { source, waiting } = scene();
  const first = source.token();
  waiting[0]?.resolve();
  await first;
  source.discard('token-0');
  assert.equal(await source.token(), 'token-1');
  source.discard('token-1');
  const second = source.token();
  waiting[1]?.resolve();
  assert.equal(await second, 'token-2');
});

test('a short token is renewed after half of its life', async () => {
  const { clock, source, waiting } = scene(60_000);
  const first = source.token();
  waiting[0]?.resolve();
  await first;
  clock.advance(29_999);
  await source.token();
  assert.equal(waiting.length, 1);
  clock.advance(1);
  await source.token();
  assert.equal(waiting.length, 2);
});
