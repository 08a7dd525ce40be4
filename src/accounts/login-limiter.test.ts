import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { ManualClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { LoginLimiter } from './login-limiter.ts';

const clock = new ManualClock();
const makeLimiter = () =>
  new LoginLimiter({ clock, attemptsMax: 3, windowMs: 10_000, unknownAttemptsMax: 5 });
const stopped = (seconds: string) => (error: unknown) =>
  error instanceof HalleyError &&
  error.code === 'too_many_attempts' &&
  error.headers['retry-after'] === seconds;

/** Runs a login up to the password check. */
function tryLogin(
  limiter: LoginLimiter,
  username: string,
  clientAddress: string,
  undeclaredForwarding?: string,
) {
  const attempt = limiter.begin({ clientAddress, undeclaredForwarding });
  attempt.useName(username);
  return attempt;
}
const addresses = (count: number) => Array.from({ length: count }, (_, index) => `198.51.100.${index + 1}`);

test('failures from one network block only that network, and the owner can sign in from another', () => {
  const limiter = makeLimiter();
  for (let count = 0; count < 3; count += 1) tryLogin(limiter, 'root', '192.0.2.1');
  assert.throws(() => tryLogin(limiter, 'root', '192.0.2.1'), stopped('10'));
  assert.throws(() => tryLogin(limiter, 'somebody', '192.0.2.1'), stopped('10'));
  tryLogin(limiter, 'root', '192.0.2.2').succeeded();
});

test('the addresses of an IPv6 /64 count as one network, and those of an IPv4 /24 do not', () => {
  const limiter = makeLimiter();
  for (const host of ['1', '2', 'ffff:1']) tryLogin(limiter, 'a', `2001:db8:0:1::${host}`);
  assert.throws(() => tryLogin(limiter, 'b', '2001:db8:0:1:9::9'), stopped('10'));
  tryLogin(limiter, 'b', '2001:db8:0:2::1');
});

test('a login without a user name counts for its network too', () => {
  const limiter = makeLimiter();
  for (let count = 0; count < 3; count += 1) {
    limiter.begin({ clientAddress: '192.0.2.1', undeclaredForwarding: undefined });
  }
  assert.throws(() => tryLogin(limiter, 'root', '192.0.2.1'), stopped('10'));
});

test('failures from many networks block a name for an hour on networks without a recent sign-in', () => {
  const limiter = makeLimiter();
  tryLogin(limiter, 'root', '192.0.2.77').succeeded();
  for (const address of addresses(5)) tryLogin(limiter, 'root', address);
  assert.throws(() => tryLogin(limiter, 'root', '203.0.113.9'), stopped('3600'));
  tryLogin(limiter, 'ana', '203.0.113.9');
  tryLogin(limiter, 'root', '192.0.2.77').succeeded();
  clock.advance(limits.login_name_window_ms);
  tryLogin(limiter, 'root', '203.0.113.9');
});

test('a sign-in makes a network known to its user name only, and for a limited time', () => {
  const limiter = makeLimiter();
  tryLogin(limiter, 'ana', '192.0.2.77').succeeded();
  const attack = () => {
    for (const address of addresses(5)) tryLogin(limiter, 'root', address);
  };
  attack();
  assert.throws(() => tryLogin(limiter, 'root', '192.0.2.77'), stopped('3600'));
  clock.advance(limits.known_network_days * 86_400_000);
  for (const address of addresses(5)) tryLogin(limiter, 'ana', address);
  assert.throws(() => tryLogin(limiter, 'ana', '192.0.2.77'), stopped('3600'));
});

test('a known network still has its own limit', () => {
  const limiter = makeLimiter();
  tryLogin(limiter, 'root', '192.0.2.77').succeeded();
  for (let count = 0; count < 3; count += 1) tryLogin(limiter, 'root', '192.0.2.77');
  assert.throws(() => tryLogin(limiter, 'root', '192.0.2.77'), stopped('10'));
});

test('sign-ins of one account do not evict the known networks of another', () => {
  const limiter = makeLimiter();
  tryLogin(limiter, 'root', '192.0.2.77').succeeded();
  for (let index = 0; index < 3 * limits.known_networks_of_name_max; index += 1) {
    tryLogin(limiter, 'mallory', `10.0.0.${index}`).succeeded();
  }
  for (const address of addresses(5)) tryLogin(limiter, 'root', address);
  tryLogin(limiter, 'root', '192.0.2.77').succeeded();
});

test('distinguishes the clients behind an undeclared proxy by the forwarded addresses', () => {
  const limiter = makeLimiter();
  for (let count = 0; count < 3; count += 1) tryLogin(limiter, 'root', '10.0.0.1', '198.51.100.1');
  assert.throws(() => tryLogin(limiter, 'root', '10.0.0.1', '198.51.100.1'), stopped('10'));
  assert.throws(() => tryLogin(limiter, 'root', '10.0.0.1', 'nonsense, 198.51.100.1:4711'), stopped('10'));
  tryLogin(limiter, 'root', '10.0.0.1', '198.51.100.2').succeeded();
  tryLogin(limiter, 'root', '10.0.0.1').succeeded();
  // A forged address must not count against the client that really has it.
  tryLogin(limiter, 'root', '198.51.100.1').succeeded();
});

test('forging X-Forwarded-For allows more guesses, but a bounded number for one name and in total', () => {
  const limiter = makeLimiter();
  tryLogin(limiter, 'ana', '10.0.0.1', '203.0.113.50').succeeded();
  let admitted = 0;
  for (const [index, address] of nonEmpty(addresses(60).entries())) {
    try {
      tryLogin(limiter, `name-${index}`, '10.0.0.1', address);
      admitted += 1;
    } catch (error) {
      assert.ok(stopped('10')(error));
    }
  }
  assert.equal(admitted, 3 * limits.undeclared_proxy_logins_factor);
  // A user who recently signed in through the proxy can still sign in.
  tryLogin(limiter, 'ana', '10.0.0.1', '203.0.113.50').succeeded();
  clock.advance(10_000);
  for (const address of addresses(5)) tryLogin(limiter, 'root', '10.0.0.1', address);
  assert.throws(() => tryLogin(limiter, 'root', '10.0.0.1', '198.51.100.99'), stopped('3600'));
});

test('concurrent attempts count before any has failed; successes do not count', () => {
  const limiter = makeLimiter();
  const successes = [1, 2, 3].map(() => tryLogin(limiter, 'ana', '192.0.2.1'));
  assert.throws(() => tryLogin(limiter, 'ana', '192.0.2.1'), stopped('10'));
  for (const { succeeded } of successes) succeeded();
  for (let count = 0; count < 20; count += 1) tryLogin(limiter, 'ana', '192.0.2.1').succeeded();
});

test('Retry-After gives the end of the window', () => {
  const limiter = makeLimiter();
  for (let count = 0; count < 3; count += 1) tryLogin(limiter, 'ana', '192.0.2.1');
  clock.advance(7_500);
  assert.throws(() => tryLogin(limiter, 'ana', '192.0.2.1'), stopped('3'));
  clock.advance(2_500);
  tryLogin(limiter, 'ana', '192.0.2.1');
});

test('refused attempts with many names do not evict counts', () => {
  const limiter = makeLimiter();
  for (const address of addresses(5)) tryLogin(limiter, 'ana', address);
  for (let count = 0; count < 3; count += 1) tryLogin(limiter, 'bob', '192.0.2.9');
  for (let count = 0; count < limits.login_counts_max; count += 1) {
    assert.throws(() => tryLogin(limiter, `nobody${count}`, '192.0.2.9'), stopped('10'));
  }
  assert.throws(() => tryLogin(limiter, 'ana', '192.0.2.4'), stopped('3600'));
});

test('guesses of the old password have a count of their own, which logins do not affect', () => {
  const limiter = makeLimiter();
  for (const address of addresses(5)) tryLogin(limiter, 'ana', address);
  limiter.beginPasswordChange('ana')();
  for (let count = 0; count < 3; count += 1) limiter.beginPasswordChange('ana');
  assert.throws(() => limiter.beginPasswordChange('ana'), stopped('10'));
});
