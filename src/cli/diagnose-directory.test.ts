import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { settingsSchema } from '../platform/settings/schema.ts';
import { checkDirectory } from './diagnose-directory.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'halley directory-')));
after(() => rmSync(root, { recursive: true }));

const local = '22 1 0:21 / / rw,relatime - ext4 /dev/sda1 rw';
const settingsFor = (dir: string, url?: string) =>
  settingsSchema.parse({ data_dir: dir, database: url === undefined ? {} : { url } });

function findings(dir: string, mounts = local, url?: string) {
  return Object.fromEntries(
    checkDirectory(settingsFor(dir, url), mounts).map(({ check, outcome, message }) => [
      check,
      { outcome, message },
    ]),
  );
}

/** Line of `/proc/self/mountinfo` for a mount of the root of this test, whose path has a space. */
const mountOf = (type: string, source: string) =>
  `31 22 0:40 / ${root.replaceAll(' ', '\\040')} rw,relatime shared:5 - ${type} ${source} rw`;

test('a directory on a network file system fails with SQLite, and warns with PostgreSQL', () => {
  const mounts = `${local}\n${mountOf('nfs4', 'files:/export')}\n`;
  const dir = join(root, 'missing', 'deeper');
  const found = findings(dir, mounts)['file system'];
  assert.equal(found?.outcome, 'failed');
  assert.match(found.message, /is on files:\/export, a network file system \(nfs4\)/);
  assert.equal(findings(dir, mounts, 'postgres://127.0.0.1/halley')['file system']?.outcome, 'warning');
  for (const type of ['ext4', 'xfs', 'overlay', 'tmpfs', 'fuse.mergerfs']) {
    const over = `${mounts}${mountOf(type, type)}\n`;
    assert.equal(findings(dir, over)['file system']?.outcome, 'ok', `${type} is mounted over it`);
  }
  assert.equal(findings(dir, '')['file system'], undefined);
  assert.equal(
    checkDirectory(settingsFor(dir)).every(({ outcome }) => outcome === 'ok'),
    true,
  );
});

test('a missing directory fails when it cannot be made', (t) => {
  writeFileSync(join(root, 'file'), '');
  assert.match(findings(join(root, 'file', 'data'))['data directory']?.message ?? '', /is a file/);
  assert.equal(findings(join(root, 'data'))['data directory']?.outcome, 'ok');
  if (process.getuid?.() === 0) return t.skip('SKIPPED: root may write everywhere');
  const closed = join(root, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o500);
  const found = findings(join(closed, 'data'))['data directory'];
  assert.equal(found?.outcome, 'failed');
  assert.match(found.message, /install -d -m 700/);
});
