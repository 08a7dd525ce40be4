import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { settingsSchema } from '../platform/settings/schema.ts';
import {
  checkMachineClock,
  checkNode,
  checkOpenFiles,
  checkPages,
  checkSettingsFile,
} from './diagnose-machine.ts';
import { checkConnections, checkEncryption } from './diagnose-postgres.ts';

const directory = mkdtempSync(join(tmpdir(), 'halley-machine-'));
after(() => rmSync(directory, { recursive: true }));

test('an older Node than the pinned one fails, a newer one does not', () => {
  assert.equal(checkNode('24.1.0', '26.10.0').outcome, 'failed');
  for (const running of ['26.0.0', '27.0.0']) assert.equal(checkNode(running, '26.10.0').outcome, 'ok');
});

test('few open files give a warning, with the number that suffices for the settings', () => {
  const limits = (files: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${files.padEnd(20)} 524288               files     \n`;
  const [few] = checkOpenFiles(20_000, limits('1024'));
  assert.equal(few?.outcome, 'warning');
  assert.match(few.message, /only 1024 open .* Allow 4096/);
  for (const enough of ['4096', 'unlimited'])
    assert.equal(checkOpenFiles(20_000, limits(enough))[0]?.outcome, 'ok');
  assert.equal(checkOpenFiles(100, limits('1024'))[0]?.outcome, 'ok');
  assert.deepEqual(checkOpenFiles(20_000, ''), []);
});

test('a clock behind the time of a file fails, and names the file', () => {
  const file = { path: '/data/halley.sqlite', writtenMs: Date.UTC(2027, 0, 2) };
  const older = { path: '/data/server-secret', writtenMs: Date.UTC(2026, 0, 2) };
  const behind = checkMachineClock(Date.UTC(2026, 6, 1), [older, file]);
  assert.equal(behind.outcome, 'failed');
  assert.match(behind.message, /2026-07-01 .* \/data\/halley\.sqlite was written at 2027-01-02/);
  assert.equal(checkMachineClock(Date.UTC(2027, 0, 2) - 60_000, [file]).outcome, 'ok');
  assert.equal(checkMachineClock(0, []).outcome, 'ok');
});

test('a settings file with secrets fails when others can read it, and any when others can change it', () => {
  const file = join(directory, 'halley.yaml');
  writeFileSync(file, '');
  const outcome = (mode: number, secrets: readonly string[]) => {
    chmodSync(file, mode);
    return checkSettingsFile(file, secrets);
  };
  const open = outcome(0o644, ['database.url']);
  assert.equal(open.outcome, 'failed');
  assert.match(open.message, /holds database\.url, .* Run: chmod 600/);
  assert.equal(outcome(0o644, []).outcome, 'ok');
  assert.equal(outcome(0o640, ['database.url']).outcome, 'ok', 'of the group of the service');
  assert.equal(outcome(0o602, []).outcome, 'failed');
});

test('console pages that were not built give a warning, unless the console is turned off', () => {
  const settings = settingsSchema.parse({});
  assert.equal(checkPages(settings, directory).outcome, 'warning');
  writeFileSync(join(directory, 'index.html'), '');
  assert.equal(checkPages(settings, directory).outcome, 'ok');
  assert.equal(checkPages({ console: { enabled: false } }, directory).outcome, 'skipped');
});

test('an unencrypted connection to a database on another machine gives a warning', () => {
  for (const host of ['localhost', '127.0.0.1', '::1', '/run/postgresql'])
    assert.equal(checkEncryption({ host, isEncrypted: false }).outcome, 'ok');
  const far = checkEncryption({ host: 'db.internal', isEncrypted: false });
  assert.equal(far.outcome, 'warning');
  assert.match(far.message, /sslmode=verify-full/);
  assert.equal(checkEncryption({ host: 'db.internal', isEncrypted: true }).outcome, 'ok');
});

test('more connections than PostgreSQL accepts are a warning, counted for all workers and one more', () => {
  const { database, server } = settingsSchema.parse({});
  const found = { connectionsMax: 100 };
  assert.equal(checkConnections(found, { database, server }).outcome, 'ok');
  const many = { url: 'postgres://halley@db.internal/halley', ...database };
  assert.equal(checkConnections(found, { database: many, server: { workers: 4 } }).outcome, 'ok');
  const tooMany = checkConnections(found, { database: many, server: { workers: 5 } });
  assert.equal(tooMany.outcome, 'warning');
  assert.match(tooMany.message, /5 workers of this machine may open 120 /);
});
