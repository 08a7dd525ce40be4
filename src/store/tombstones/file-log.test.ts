import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFileLog } from './file-log.ts';
import type { LoggedTombstone, TombstoneLog } from './tombstone-log.ts';

const tombstone = (id: number): LoggedTombstone => ({
  kind: 'key',
  digest: new Uint8Array(32).fill(id % 256),
  id,
  accountId: null,
  deletedAt: 1_800_000_000,
});

function logPath(t: { after(end: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-tombstones-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return join(dir, 'tombstones.log');
}

async function idsOf(log: TombstoneLog) {
  const ids: number[] = [];
  let damaged = 0;
  for await (const piece of log.read(() => (damaged += 1))) ids.push(...piece.map(({ id }) => id));
  return { ids, damaged };
}

test('tombstones are there after the log is opened again, in their order and for its owner alone', async (t) => {
  const path = logPath(t);
  const log = await openFileLog(path);
  const many = Array.from({ length: 1201 }, (_, index) => tombstone(index));
  await Promise.all([log.append(many.slice(0, 700)), log.append(many.slice(700))]);
  await log.close();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const again = await openFileLog(path);
  t.after(() => again.close());
  assert.deepEqual(await idsOf(again), { ids: many.map(({ id }) => id), damaged: 0 });
});

test('a line that a crash cut short costs none of those before and after it', async (t) => {
  const path = logPath(t);
  const log = await openFileLog(path);
  await log.append([tombstone(1), tombstone(2)]);
  await log.close();
  truncateSync(path, statSync(path).size - 10);
  const again = await openFileLog(path);
  t.after(() => again.close());
  await again.append([tombstone(3)]);
  assert.deepEqual(await idsOf(again), { ids: [1, 3], damaged: 1 });
});

test('what is damaged inside is left out and counted', async (t) => {
  const path = logPath(t);
  const log = await openFileLog(path);
  t.after(() => log.close());
  await log.append([tombstone(1)]);
  appendFileSync(path, '\0\0\0\n{"v":2}\n');
  await log.append([tombstone(2)]);
  assert.deepEqual(await idsOf(log), { ids: [1, 2], damaged: 2 });
  assert.ok(!readFileSync(path, 'utf8').includes('sk-'));
});

test('a log that cannot be opened names its path and what to do', async () => {
  await assert.rejects(
    openFileLog('/nowhere/tombstones.log'),
    /\/nowhere\/tombstones\.log cannot be used: .*Check/,
  );
});

test('what is written after the file was moved away or removed is in the new file', async (t) => {
  const path = logPath(t);
  let replaced = 0;
  const log = await openFileLog(path, () => (replaced += 1));
  t.after(() => log.close());
  await log.append([tombstone(1)]);
  renameSync(path, `${path}.1`);
  await log.append([tombstone(2)]);
  assert.deepEqual((await idsOf(log)).ids, [2]);
  rmSync(path);
  await log.append([tombstone(3)]);
  assert.deepEqual((await idsOf(log)).ids, [3]);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(replaced, 2, 'the new files lack what was in the old ones');
});
