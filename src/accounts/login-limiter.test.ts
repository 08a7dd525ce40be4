import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { LoginLimiter } from './login-limiter.ts';

const clock = new ManualClock();
const makeLimiter = () => new LoginLimiter({ clock, attemptsMax: 3, windowMs: 10_000 });
const stopped = (seconds: string) => (error: unknown) =>
  error instanceof HalleyError &&
  error.code === 'too_many_attempts' &&
  error.headers['retry-after'] === seconds;

test('failures of one name from many addresses are stopped, and only that name is', () => {
  const limiter = makeLimiter();
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) limiter.begin('ana', address);
  assert.throws(() => limiter.begin('ana', '192.0.2.4'), stopped('10'));
  limiter.begin('bob', '192.0.2.4');
});

test('failures of many names from one address are stopped, an IPv6 network counting as one', () => {
  const limiter = makeLimiter();
  for (const [name, host] of [
    ['a', '1'],
    ['b', '2'],
    ['c', 'ffff:1'],
  ] as const) {
    limiter.begin(name, `2001:db8:0:1::${host}`);
  }
  assert.throws(() => limiter.begin('d', '2001:db8:0:1:9::9'), stopped('10'));
  limiter.begin('d', '2001:db8:0:2::1');
});

test('attempts at the same time count before any has failed; successes do not count', () => {
  const limiter = makeLimiter();
  const successes = [1, 2, 3].map(() => limiter.begin('ana', '192.0.2.1'));
  assert.throws(() => limiter.begin('ana', '192.0.2.1'), stopped('10'));
  for (const succeeded of successes) succeeded();
  for (let count = 0; count < 20; count += 1) limiter.begin('ana', '192.0.2.1')();
});

test('the window ends, and Retry-After says when', () => {
  const limiter = makeLimiter();
  for (let count = 0; count < 3; count += 1) limiter.begin('ana', '192.0.2.1');
  clock.advance(7_500);
  assert.throws(() => limiter.begin('ana', '192.0.2.1'), stopped('3'));
  clock.advance(2_500);
  limiter.begin('ana', '192.0.2.1');
});

test('attempts that are refused push out no counts, however many names they try', () => {
  const limiter = makeLimiter();
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) limiter.begin('ana', address);
  for (let count = 0; count < 3; count += 1) limiter.begin('bob', '192.0.2.9');
  for (let count = 0; count < limits.login_counts_max; count += 1) {
    assert.throws(() => limiter.begin(`nobody${count}`, '192.0.2.9'), stopped('10'));
  }
  assert.throws(() => limiter.begin('ana', '192.0.2.4'), stopped('10'));
});
