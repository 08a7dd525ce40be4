import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRandom } from '../../platform/random.ts';
import { Connection } from './connection.ts';
import { beginRun } from './run-mark.ts';

function place(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-mark-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return join(dir, 'x.sqlite');
}

/** Opens a database as a start does. @param steps how far the start comes before it is killed */
function start(path: string, steps: 'before the mark' | 'before the checkpoint' | 'whole' = 'whole') {
  const noteRun = beginRun(path, systemRandom);
  const connection = new Connection(path);
  connection.exec('CREATE TABLE IF NOT EXISTS t (x INTEGER) STRICT');
  if (steps === 'before the checkpoint') {
    const held = new Connection(path);
    held.exec('BEGIN');
    held.get('SELECT * FROM t');
    noteRun(connection);
    return [connection, held];
  }
  if (steps === 'whole') noteRun(connection);
  connection.exec('INSERT INTO t VALUES (1)');
  return [connection];
}

/** What a process that is killed now would leave, in the place of another database. */
function leave(from: string, to: string): void {
  for (const suffix of ['', '-wal', '.run']) {
    rmSync(to + suffix, { force: true });
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
  }
}

test('a start that is killed at any step is followed by one that is let in', (t) => {
  const path = place(t);
  const killed = place(t);
  for (const steps of ['before the mark', 'before the checkpoint', 'whole', 'before the mark'] as const) {
    const connections = start(path, steps);
    leave(path, killed);
    assert.ok(existsSync(`${killed}-wal`));
    for (const connection of start(killed)) connection.close();
    for (const connection of connections.toReversed()) connection.close();
  }
  assert.deepEqual(readdirSync(join(path, '..')).sort(), ['x.sqlite', 'x.sqlite.run']);
});

test('a file of another run beside the log is refused, and let in without the log', (t) => {
  const path = place(t);
  for (const connection of start(path)) connection.close();
  const earlier = place(t);
  copyFileSync(path, earlier);
  const connections = start(path);
  const killed = place(t);
  leave(path, killed);
  for (const connection of connections) connection.close();
  copyFileSync(earlier, killed);
  assert.throws(() => beginRun(killed, systemRandom), /was replaced by hand beside .*x\.sqlite-wal/);
  rmSync(`${killed}-wal`);
  for (const connection of start(killed)) connection.close();
});
