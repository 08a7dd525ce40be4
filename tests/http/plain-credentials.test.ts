/** Warnings for the operator when keys cross a network in plain HTTP. */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { halley } from '../cli/halley.ts';
import { dataOf, startGateway } from '../support/gateway.ts';

const own = Object.values(networkInterfaces())
  .flat()
  .find((each) => each && !each.internal && each.family === 'IPv4')?.address;

interface Finding {
  readonly check: string;
  readonly outcome: string;
  readonly message: string;
}

test('warns once of a token over plain HTTP from a non-loopback address, and doctor reports it', {
  skip: own === undefined && 'NOT TESTED: this machine has no address but loopback',
}, async () => {
  const gateway = await startGateway({ env: { HALLEY_LISTEN: '0.0.0.0:0' } });
  try {
    const warnings = () =>
      gateway.logLines().filter(({ message }) => /over plain HTTP/.test(String(message)));
    const { port } = new URL(gateway.url);
    const ask = (host: string) =>
      fetch(`http://${host}:${port}/api/user/self`, { headers: { authorization: gateway.token } });
    await ask('127.0.0.1');
    assert.equal(dataOf(await gateway.call('GET', '/api/doctor')).plain_credentials, 0);
    await ask(own ?? '');
    await ask(own ?? '');
    const seen = dataOf(await gateway.call('GET', '/api/doctor'));
    assert.equal(seen.plain_credentials, 2);
    assert.equal(seen.plain_peer, own);
    const { stdout } = await halley(['doctor', '--json', '--url', `http://127.0.0.1:${port}`], {
      HALLEY_TOKEN: gateway.token,
      HALLEY_LISTEN: '0.0.0.0:8787',
    });
    const findings = JSON.parse(stdout) as Finding[];
    assert.equal(findings.find(({ check }) => check === 'plain HTTP')?.outcome, 'failed');
    assert.equal(findings.find(({ check }) => check === 'listener')?.outcome, 'failed');
    await gateway.stop();
    assert.equal(warnings().length, 1);
  } finally {
    await gateway.kill();
  }
});
