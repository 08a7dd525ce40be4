import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { testCertificate, testCertificateKey } from '../../tests/support/test-certificate.ts';
import { ManualClock } from '../platform/clock.ts';
import { daysLeft, FollowedCertificate } from './certificate.ts';

/** When the certificate of tests expires. */
const end = Date.UTC(2120, 0, 1);
const day = 86_400_000;

/** @returns the messages logged when a gateway starts at this time */
function loggedAt(t: TestContext, now: number): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'halley-certificate-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const paths = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  writeFileSync(paths.cert, testCertificate);
  writeFileSync(paths.key, testCertificateKey);
  const logged: string[] = [];
  const note = (_: unknown, message: string) => void logged.push(message);
  const followed = new FollowedCertificate({
    paths,
    clock: new ManualClock(now),
    log: { info: note, warn: note, error: note },
  });
  assert.equal(followed.current.notAfter, end / 1000);
  return logged;
}

test('a certificate that expires soon, or has expired, is said at the start', (t) => {
  assert.deepEqual(loggedAt(t, end - 30 * day), []);
  assert.deepEqual(loggedAt(t, end - 13 * day), ['the certificate expires soon']);
  assert.deepEqual(loggedAt(t, end + 1), ['the certificate has expired: clients refuse it']);
});

test('days are whole ones, and negative after the end', () => {
  assert.equal(daysLeft({ notAfter: end / 1000 }, end - 2.5 * day), 2);
  assert.equal(daysLeft({ notAfter: end / 1000 }, end - 1), 0);
  assert.equal(daysLeft({ notAfter: end / 1000 }, end + 1), -1);
});
