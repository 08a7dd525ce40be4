import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { startGateway } from '../support/gateway.ts';
import { testCertificate, testCertificateKey } from '../support/test-certificate.ts';
import { halley } from './halley.ts';

test('health asks the gateway of the settings, by its loopback address, and exits with 1 when it does not answer', async (t) => {
  const gateway = await startGateway();
  t.after(() => gateway.process.kill('SIGKILL'));
  const { port } = new URL(gateway.url);
  const env = { HALLEY_LISTEN: `0.0.0.0:${port}` };
  const { code, stdout } = await halley(['health'], env);
  assert.deepEqual([code, stdout], [exitCodes.ok, '{"status":"ok"}\n']);
  const ready = await halley(['health', '--ready', '--listen', `127.0.0.1:${port}`]);
  assert.deepEqual([ready.code, ready.stdout], [exitCodes.ok, '{"status":"ready"}\n']);
  await gateway.stop();
  const gone = await halley(['health'], env);
  assert.equal(gone.code, exitCodes.failure);
  assert.match(gone.stderr, new RegExp(`^http://127\\.0\\.0\\.1:${port}/healthz: .*ECONNREFUSED`));
  assert.equal((await halley(['health'], { HALLEY_LISTEN: 'nowhere' })).code, exitCodes.settings);
});

test('health asks over TLS, whatever name the certificate is for', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'halley-health-'));
  t.after(() => rm(dir, { recursive: true }));
  const env = { HALLEY_TLS_CERT_PATH: join(dir, 'cert.pem'), HALLEY_TLS_KEY_PATH: join(dir, 'key.pem') };
  await writeFile(env.HALLEY_TLS_CERT_PATH, testCertificate);
  await writeFile(env.HALLEY_TLS_KEY_PATH, testCertificateKey, { mode: 0o600 });
  const gateway = await startGateway({ env });
  t.after(() => gateway.process.kill('SIGKILL'));
  const { port } = new URL(gateway.url);
  const { code, stdout } = await halley(['health'], { ...env, HALLEY_LISTEN: `127.0.0.1:${port}` });
  assert.deepEqual([code, stdout], [exitCodes.ok, '{"status":"ok"}\n']);
});
