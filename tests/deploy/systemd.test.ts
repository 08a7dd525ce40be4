/** The systemd units: what they allow, and that the socket equals the one that the gateway would open itself. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { settingsSchema } from '../../src/platform/settings/schema.ts';
import { inPipe } from '../cli/screen.ts';

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

/** What the gateway needs none of. A unit without one of these lines allows it. */
const hardening = [
  'AmbientCapabilities=',
  'CapabilityBoundingSet=',
  'DevicePolicy=closed',
  'KeyringMode=private',
  'LockPersonality=true',
  'NoNewPrivileges=true',
  'PrivateDevices=true',
  'PrivateTmp=true',
  'PrivateUsers=true',
  'ProtectClock=true',
  'ProtectControlGroups=true',
  'ProtectHome=true',
  'ProtectHostname=true',
  'ProtectKernelLogs=true',
  'ProtectKernelModules=true',
  'ProtectKernelTunables=true',
  'ProtectProc=invisible',
  'ProtectSystem=strict',
  'RemoveIPC=true',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
  'RestrictNamespaces=true',
  'RestrictRealtime=true',
  'RestrictSUIDSGID=true',
  'StateDirectoryMode=0700',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
  'UMask=0077',
  'User=halley',
];

test('the unit takes from the service what the gateway does not need', () => {
  const service = lines('halley.service');
  assert.deepEqual(
    hardening.filter((line) => !service.includes(line)),
    [],
  );
});

test('the documented commands write the settings file that the unit passes to the service', async (t) => {
  const service = lines('halley.service');
  const loaded = service.find((line) => line.startsWith('LoadCredential='));
  const [id, source] = loaded?.slice('LoadCredential='.length).split(':') ?? [];
  assert.ok(service.includes(`Environment=HALLEY_CONFIG=%d/${id}`));
  const docs = readFileSync(join(import.meta.dirname, '../../docs/guides/systemd.md'), 'utf8');
  const words = /^bin\/halley (init --config \/etc.*)$/m.exec(docs)?.[1]?.split(' ') ?? [];
  assert.equal(words[words.indexOf('--config') + 1], source);
  assert.ok(service.includes(`Environment=HALLEY_DATA_DIR=${words[words.indexOf('--data-dir') + 1]}`));
  assert.ok(service.includes(`User=${/^useradd .* (\S+)$/m.exec(docs)?.[1]}`));

  const root = mkdtempSync(join(tmpdir(), 'halley-systemd-'));
  t.after(() => rmSync(root, { recursive: true }));
  const { code, stderr } = await inPipe(
    words.map((word) => (word.startsWith('/') ? join(root, word) : word)),
    {},
  );
  assert.equal(code, exitCodes.ok, stderr);
  const path = join(root, String(source));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.match(readFileSync(path, 'utf8'), /^bootstrap_token: \S{16,}$/m);
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
