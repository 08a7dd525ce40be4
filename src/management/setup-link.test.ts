import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { handOver, setupLink } from './setup-link.ts';

const link = setupLink('http://127.0.0.1:8787', 'CODE');

test('on a terminal the link is printed, and in no file', (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'halley-link-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const path = join(dataDir, 'setup-link');
  writeFileSync(path, 'of an earlier start');
  const printed = handOver(link, { dataDir, isTerminal: true });
  assert.ok(printed.includes('http://127.0.0.1:8787/console/login#setup=CODE'));
  assert.equal(existsSync(path), false);
});

test('elsewhere it is in a new file that only the owner can read, and not printed', (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'halley-link-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const path = join(dataDir, 'setup-link');
  const elsewhere = join(dataDir, 'open to all');
  writeFileSync(elsewhere, 'untouched', { mode: 0o644 });
  symlinkSync(elsewhere, path);
  const printed = handOver(link, { dataDir, isTerminal: false });
  assert.ok(printed.includes(path) && !printed.includes('CODE'));
  assert.equal(readFileSync(path, 'utf8'), `${link}\n`);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(readFileSync(elsewhere, 'utf8'), 'untouched');
  assert.equal(handOver(undefined, { dataDir, isTerminal: false }), '');
  assert.equal(existsSync(path), false);
});
