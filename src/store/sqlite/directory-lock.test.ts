import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { HalleyError } from '../../platform/errors.ts';
import { lockDirectory } from './directory-lock.ts';
import { temporaryDirectory } from './test-database.ts';

const moduleUrl = pathToFileURL(join(import.meta.dirname, 'directory-lock.ts')).href;

/** Starts a process that takes the lock, says so (or why not), and lives until it is killed. */
async function startHolder(dir: string): Promise<{ child: ChildProcess; said: string }> {
  const script = `
    const { lockDirectory } = await import(${JSON.stringify(moduleUrl)});
    try { lockDirectory(${JSON.stringify(dir)}); console.log('locked'); } catch (error) { console.log(error.message); }
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = await once(child.stdout, 'data');
  return { child, said: String(chunk).trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function refusalOf(dir: string): string {
  try {
    lockDirectory(dir).release();
  } catch (error) {
    if (error instanceof HalleyError) return error.message;
    throw error;
  }
  return 'not refused';
}

test('a directory in use is refused with its name and the pid of its holder, until that one is killed', async (t) => {
  const dir = join(temporaryDirectory(t), 'data');
  const first = await startHolder(dir);
  t.after(() => first.child.kill('SIGKILL'));
  assert.equal(first.said, 'locked');
  const second = await startHolder(dir);
  t.after(() => second.child.kill('SIGKILL'));
  const refusal = `Another process (pid ${first.child.pid}) uses the data directory ${dir}. Stop it first, or choose another directory.`;
  assert.equal(second.said, refusal);
  assert.equal(refusalOf(dir), refusal);
  rmSync(join(dir, 'lock.pid'));
  assert.match(refusalOf(dir), /^Another process \(pid unknown\) uses/);
  await kill(second.child);
  assert.match(refusalOf(dir), /^Another process/);
  await kill(first.child);
  lockDirectory(dir).release();
});

test('a lock holds within its process too, survives attempts there, and can be taken again once released', async (t) => {
  const dir = temporaryDirectory(t);
  const lock = lockDirectory(dir);
  assert.match(refusalOf(dir), new RegExp(`pid ${process.pid}\\b`));
  const outside = await startHolder(dir);
  t.after(() => outside.child.kill('SIGKILL'));
  assert.match(outside.said, new RegExp(`pid ${process.pid}\\b`));
  lock.release();
  lock.release();
  assert.equal(existsSync(join(dir, 'lock.pid')), false);
  assert.equal(refusalOf(dir), 'not refused');
});

test('a data directory that cannot be one is refused by name', (t) => {
  const dir = join(temporaryDirectory(t), 'file');
  writeFileSync(dir, '');
  assert.ok(
    refusalOf(dir).startsWith(
      `The data directory ${dir} cannot be used: a file is where a directory must be`,
    ),
  );
});
