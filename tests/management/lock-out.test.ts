/** Strangers cannot lock an owner out of an account, from any network. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataOf, type Rig, refusalOf, useRig } from './rig.ts';

const declared = useRig({ settings: { http: { trusted_proxies: ['127.0.0.1'] } } });
const undeclared = useRig();
const attemptsMax = 10;

const login = (rig: Rig, from: string | undefined, username: string, password: string) =>
  rig.call('POST', '/api/user/login', {
    token: null,
    body: { username, password },
    headers: from === undefined ? {} : { 'x-forwarded-for': from },
  });
const nextHour = (rig: Rig) => rig.clock.advance(3_600_001);

for (const [how, rig] of [
  ['behind a declared proxy', declared],
  ['behind a proxy that is not declared', undeclared],
] as const) {
  test(`eleven failed logins from one network do not lock out the owner on another network, ${how}`, async () => {
    nextHour(rig);
    for (let count = 0; count < attemptsMax; count += 1) {
      refusalOf(await login(rig, '198.51.100.7', 'root', `wrong-${count}`), 401);
    }
    refusalOf(await login(rig, '198.51.100.7', 'root', 'wrong'), 429);
    refusalOf(await login(rig, '198.51.100.7', 'root', rig.rootPassword), 429);
    dataOf(await login(rig, '203.0.113.1', 'root', rig.rootPassword));
    dataOf(await login(rig, undefined, 'root', rig.rootPassword));
  });

  test(`guesses from many networks do not lock out a user on a network with a recent sign-in, ${how}`, async () => {
    nextHour(rig);
    dataOf(await login(rig, '203.0.113.1', 'root', rig.rootPassword));
    const answers: number[] = [];
    for (let index = 0; index < 101; index += 1) {
      // In small groups, so that no window of a network or an undeclared proxy fills.
      if (index % 25 === 0) rig.clock.advance(300_001);
      answers.push((await login(rig, `198.51.100.${index}`, 'root', 'wrong')).status);
    }
    assert.deepEqual(answers, [...Array.from({ length: 100 }, () => 401), 429]);
    rig.clock.advance(300_001);
    refusalOf(await login(rig, '203.0.113.2', 'root', rig.rootPassword), 429);
    dataOf(await login(rig, '203.0.113.1', 'root', rig.rootPassword));
    nextHour(rig);
    dataOf(await login(rig, '203.0.113.2', 'root', rig.rootPassword));
  });
}

test('behind a declared proxy a forged header does not bypass the limit of a network', async () => {
  nextHour(declared);
  for (let count = 0; count < attemptsMax; count += 1) {
    refusalOf(await login(declared, `192.0.2.${count}, 198.51.100.7`, 'root', 'wrong'), 401);
  }
  refusalOf(await login(declared, '192.0.2.99, 198.51.100.7', 'root', 'wrong'), 429);
});

test('limits all logins through an undeclared proxy together, except for users who signed in through it', async () => {
  nextHour(undeclared);
  dataOf(await login(undeclared, '203.0.113.1', 'root', undeclared.rootPassword));
  const statuses: number[] = [];
  for (let index = 0; index < 101; index += 1) {
    const from = `${index}.2.3.4, 198.51.100.${index}`;
    statuses.push((await login(undeclared, from, `nobody-${index}`, 'wrong')).status);
  }
  assert.deepEqual(statuses, [...Array.from({ length: 100 }, () => 401), 429]);
  refusalOf(await login(undeclared, '203.0.113.99', 'root', undeclared.rootPassword), 429);
  dataOf(await login(undeclared, '203.0.113.1', 'root', undeclared.rootPassword));
  dataOf(await login(undeclared, undefined, 'root', undeclared.rootPassword));
});
