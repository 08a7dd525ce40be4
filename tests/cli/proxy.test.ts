/** `halley doctor` on a gateway behind a declared or undeclared reverse proxy. */
import assert from 'node:assert/strict';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { halley } from './halley.ts';

/** A reverse proxy that appends its client to X-Forwarded-For, as nginx does. */
async function startProxy(t: TestContext, target: string): Promise<string> {
  const server = createServer((req, res) => {
    const before = req.headers['x-forwarded-for'];
    const client = '203.0.113.9';
    const headers = { ...req.headers, 'x-forwarded-for': before ? `${before}, ${client}` : client };
    const onward = httpRequest(`${target}${req.url}`, { method: req.method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function proxyFinding(gateway: Gateway) {
  const { code, stdout } = await halley(['doctor', '--json'], {
    HALLEY_URL: gateway.url,
    HALLEY_TOKEN: gateway.token,
  });
  const findings = JSON.parse(stdout) as { check: string; outcome: string; message: string }[];
  const finding = findings.find(({ check }) => check === 'proxy');
  assert.ok(finding, stdout);
  return { code, finding };
}

async function start(t: TestContext, env: Record<string, string> = {}) {
  const gateway = await startGateway({ env: { HALLEY_DEMO_ENABLED: 'true', ...env } });
  t.after(() => gateway.stop());
  return gateway;
}

test('doctor warns of a proxy that the settings do not list', async (t) => {
  const gateway = await start(t);
  const before = await proxyFinding(gateway);
  assert.equal(before.finding.outcome, 'ok', before.finding.message);
  assert.equal(before.code, exitCodes.ok);
  const proxy = await startProxy(t, gateway.url);
  for (let count = 0; count < 3; count += 1) await (await fetch(`${proxy}/api/status`)).text();
  const { code, finding } = await proxyFinding(gateway);
  assert.equal(finding.outcome, 'failed');
  assert.match(finding.message, /^3 of \d+ requests .*http\.trusted_proxies.* 127\.0\.0\.1\. /);
  assert.equal(code, exitCodes.failure);
});

test('doctor does not warn of a proxy that the settings list', async (t) => {
  const gateway = await start(t, { HALLEY_HTTP_TRUSTED_PROXIES: '127.0.0.1' });
  const proxy = await startProxy(t, gateway.url);
  for (let count = 0; count < 3; count += 1) await (await fetch(`${proxy}/api/status`)).text();
  const { code, finding } = await proxyFinding(gateway);
  assert.equal(finding.outcome, 'ok', finding.message);
  assert.equal(code, exitCodes.ok);
});
