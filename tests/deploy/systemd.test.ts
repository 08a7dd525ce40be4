/** The systemd units: what they allow, and that the socket equals the one that the gateway would open itself. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { settingsSchema } from '../../src/platform/settings/schema.ts';

const dir = join(import.meta.dirname, '../../deploy/systemd');
const file = join(dir, 'halley.service');

/** Returns the lines of a unit without its comments. */
const lines = (name: string) =>
  readFileSync(join(dir, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** First systemd version that can rate a unit file offline. */
const offlineSince = 250;

function systemdVersion(): number {
  const { stdout } = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
  return Number(/^systemd (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
}

test('systemd rates the exposure of the service below 3', {
  skip:
    systemdVersion() < offlineSince &&
    `NOT TESTED: systemd-analyze ${offlineSince} or newer is not installed on this machine`,
}, () => {
  const { stdout, stderr } = spawnSync('systemd-analyze', ['security', '--offline=true', file], {
    encoding: 'utf8',
  });
  const rating = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1];
  assert.ok(rating !== undefined && Number(rating) < 3, `${rating}\n${stdout}${stderr}`);
});

test('the unit forbids nothing that the gateway needs', () => {
  const service = lines('halley.service');
  const value = (name: string) => service.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  // V8 compiles at run time; the gateway reads /proc/net/tcp to see what clients have received.
  assert.equal(value('MemoryDenyWriteExecute'), undefined);
  assert.equal(value('ProcSubset'), undefined);
  assert.equal(value('PrivateNetwork'), undefined);
  assert.match(String(value('RestrictAddressFamilies')), /AF_INET AF_INET6/);
  assert.equal(value('Environment'), `HALLEY_DATA_DIR=/var/lib/${value('StateDirectory')}`);
  const { delay_ms, drain_ms } = settingsSchema.parse({}).shutdown;
  assert.ok(Number(value('TimeoutStopSec')) * 1000 >= delay_ms + drain_ms + 10_000);
});

test('the service starts with its socket, which listens on the address of the gateway', () => {
  assert.ok(lines('halley.socket').includes(`ListenStream=${settingsSchema.parse({}).listen}`));
  assert.ok(lines('halley.service').includes('Requires=halley.socket'));
});
