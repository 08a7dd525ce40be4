import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { createLog, type Log, type LogLevel } from './log.ts';

/** Returns the lines that `write` logs, parsed. */
function linesOf(level: LogLevel, write: (log: Log) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLog({ level }, { write: (line) => lines.push(line) }));
  return lines.map((line) => {
    assert.match(line, /^[^\n]+\n$/);
    return JSON.parse(line);
  });
}

test('a line is one JSON object with level, time, fields and message', () => {
  const [line] = linesOf('info', (log) => log.warn({ port: 1, note: 'two\nlines' }, 'said "so"'));
  assert.ok(line);
  const { time, ...rest } = line;
  assert.deepEqual(rest, { level: 'warn', port: 1, note: 'two\nlines', message: 'said "so"' });
  assert.equal(new Date(String(time)).toISOString(), time);
});

test('logs only the given level and above', () => {
  const all = (log: Log) => {
    log.debug({}, 'd');
    log.info({}, 'i');
    log.requestLine({}, {});
    log.warn({}, 'w');
    log.error({}, 'e');
  };
  const levels: LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];
  assert.deepEqual(
    levels.map((level) => linesOf(level, all).length),
    [5, 4, 2, 1, 0],
  );
});

test('a child log adds its fields to every line', () => {
  const lines = linesOf('info', (log) => {
    const child = log.child({ room: 'relay' }).child({ token: 'hidden' });
    child.info({ n: 1 }, 'x');
    child.requestLine({ n: 2 }, { model: 'm' });
  });
  assert.deepEqual(
    lines.map(({ room, token, n }) => [room, token, n]),
    [
      ['relay', '[redacted]', 1],
      ['relay', '[redacted]', 2],
    ],
  );
});

test('redacts secrets in fields, messages, children and the foreign part of a request line', () => {
  const key = `sk-${'Zz9'.repeat(16)}`;
  const lines = linesOf('debug', (log) => {
    log.info({ note: key, error: new Error(key) }, `message ${key}`);
    log.child({ note: key }).error({}, 'x');
    log.requestLine({ id: 'r1', status: 401 }, { model: key, errorLog: `Bearer ${key}`, keyName: undefined });
  });
  assert.ok(!JSON.stringify(lines).includes('Zz9Zz9'));
  assert.equal(lines[2]?.model, '[redacted]');
  assert.equal(lines[2]?.id, 'r1');
  assert.ok(!('keyName' in (lines[2] ?? {})));
});

test('standard output has every line after any kind of process end', () => {
  const url = new URL('./log.ts', import.meta.url).href;
  for (const end of ['', 'process.exit(3)', 'throw new Error("crash")']) {
    const script = `
      const { createLog } = await import(${JSON.stringify(url)});
      const log = createLog({ level: 'info' });
      for (let i = 0; i < 300; i += 1) log.info({ i }, 'line');
      ${end}`;
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
    });
    const lines = child.stdout.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).i),
      Array.from({ length: 300 }, (_, i) => i),
      end,
    );
  }
});

test('flush writes the buffer before it returns', () => {
  const url = new URL('./log.ts', import.meta.url).href;
  const script = `
    const { createLog } = await import(${JSON.stringify(url)});
    const log = createLog({ level: 'info' });
    log.info({}, 'one');
    await new Promise((resolve) => setTimeout(resolve, 50));
    log.flush();
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  assert.equal(JSON.parse(child.stdout).message, 'one');
});

test('a failure to write the log, such as a full disk, does not end the process', () => {
  const url = new URL('./log.ts', import.meta.url).href;
  const script = `
    const { createLog } = await import(${JSON.stringify(url)});
    const log = createLog({ level: 'info' });
    log.info({}, 'one');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    log.info({}, 'two');
    log.flush();
    process.stderr.write('alive', () => process.exit(0));`;
  const full = openSync('/dev/full', 'w');
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
    timeout: 30_000,
  });
  closeSync(full);
  assert.equal(child.stderr, 'alive');
  assert.equal(child.status, 0);
});

test('processes that share a pipe do not mix their lines', () => {
  const file = new URL('./log.ts', import.meta.url).href;
  // Each writes more than a pipe holds, while nobody reads.
  const writer = (name: string) => `
    import { createLog } from ${JSON.stringify(file)};
    const log = createLog({ level: 'info', isShared: true });
    for (let line = 0; line < 2000; line += 1) log.info({ text: '${name}'.repeat(50 + (line % 60)) }, 'line');
    log.flush();`;
  const script = ['a', 'b', 'c']
    .map((name) => `"$0" --input-type=module -e '${writer(name).replaceAll("'", `'"'"'`)}' &`)
    .join('\n');
  const { stdout } = spawnSync('/bin/sh', ['-c', `(${script}\nwait) | (sleep 0.3; cat)`, process.execPath], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 6000);
  const texts = lines.map((line) => (JSON.parse(line) as { readonly text: string }).text);
  assert.ok(nonEmpty(texts).every((text) => /^(a+|b+|c+)$/.test(text)));
});
