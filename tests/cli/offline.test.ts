import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { halley } from './halley.ts';

/** Returns an address without a listener. */
async function unusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${address.port}`;
}

test('help names every exit code, and each command has examples', async () => {
  const help = await halley(['--help']);
  assert.equal(help.code, exitCodes.ok);
  for (const code of nonEmpty(Object.values(exitCodes)))
    assert.match(help.stdout, new RegExp(`^ +${code} +\\S`, 'm'));
  const remove = await halley(['keys', 'delete', '--help']);
  assert.equal(remove.code, exitCodes.ok);
  assert.match(remove.stdout, /Examples:\n {2}\$ halley keys delete 12/);
});

test('a wrong command line exits with the code for usage and a message', async () => {
  const cases: [string[], RegExp][] = [
    [['kyes'], /unknown command/],
    [['keys', 'show'], /missing required argument/],
    [['keys', 'show', '0'], /not an id/],
    [['keys', 'list', '--pgae', '1'], /unknown option/],
    [['keys', 'create', 'x', '--expires', 'soon'], /not a time/],
    [['keys', 'create', 'x', '--quota', '1', '--unlimited'], /one of --quota/],
    [['keys', 'update', '1'], /Nothing to change/],
    [['keys', 'list', '--url', 'localhost'], /address of the gateway/],
  ];
  for (const [args, text] of cases) {
    const { code, stdout, stderr } = await halley(args, { HALLEY_TOKEN: 'any-token' });
    assert.equal(code, exitCodes.usage, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, text);
    assert.equal(stdout, '');
  }
});

test('a missing token and an unreachable gateway have different exit codes', async () => {
  const url = await unusedUrl();
  assert.equal((await halley(['keys', 'list', '--url', url])).code, exitCodes.denied);
  const { code, stderr } = await halley(['keys', 'list', '--url', url], { HALLEY_TOKEN: 'secret-token-1' });
  assert.equal(code, exitCodes.unreachable);
  assert.ok(!stderr.includes('secret-token-1'));
});

test('serve and settings exit with code 78 and list every problem of invalid settings, before creating anything', async () => {
  for (const command of ['serve', 'settings']) {
    const { code, stdout, stderr } = await halley([command, '--listen', 'nowhere'], {
      HALLEY_LGO_LEVEL: 'info',
      HALLEY_SERVER_SECRET: 'not-hexadecimal',
    });
    assert.equal(code, exitCodes.settings);
    assert.match(stderr, /--listen is "nowhere"/);
    assert.match(stderr, /Did you mean HALLEY_LOG_LEVEL/);
    assert.ok(!stderr.includes('not-hexadecimal'));
    assert.equal(stdout, '');
  }
});

test('settings shows the values in force with their sources, and no secret', async () => {
  const env = { HALLEY_BOOTSTRAP_TOKEN: 'bootstrap-token-of-root', HALLEY_LISTEN: '127.0.0.1:1' };
  const { code, stdout } = await halley(['settings', '--listen=127.0.0.1:2', '--json'], env);
  assert.equal(code, exitCodes.ok);
  const rows = JSON.parse(stdout) as { name: string }[];
  assert.deepEqual(
    rows.filter(({ name }) => ['listen', 'bootstrap_token', 'keys.reveal'].includes(name)),
    [
      { name: 'listen', value: '127.0.0.1:2', source: '--listen' },
      { name: 'bootstrap_token', value: '[redacted]', source: 'HALLEY_BOOTSTRAP_TOKEN' },
      { name: 'keys.reveal', value: 'always', source: 'default' },
    ],
  );
});

test('doctor without a gateway reports it with the other findings and the exit code', async () => {
  const { code, stdout } = await halley(['doctor', '--json', '--url', await unusedUrl()], {
    HALLEY_LISTEN: '127.0.0.1:0',
  });
  assert.equal(code, exitCodes.unreachable);
  const findings = JSON.parse(stdout) as { check: string; outcome: string }[];
  assert.deepEqual(
    // These depend on the machine and on what was built.
    findings
      .filter(({ check }) => !['open files', 'console', 'file system'].includes(check))
      .map(({ check, outcome }) => [check, outcome]),
    [
      ['settings', 'ok'],
      ['node', 'ok'],
      ['clock', 'ok'],
      ['listener', 'ok'],
      ['data directory', 'ok'],
      ['database', 'ok'],
      ['restores', 'ok'],
      ['gateway', 'failed'],
      ['port', 'ok'],
      ['channels', 'skipped'],
    ],
  );
});

test('doctor reports a port that another program holds, open files, and a settings file that others can read', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'halley-offline-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const other = createServer((_, response) => void response.writeHead(404).end());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const file = join(dir, 'halley.yaml');
  writeFileSync(file, `listen: 127.0.0.1:${port}\nbootstrap_token: ${'t'.repeat(16)}\n`);
  chmodSync(file, 0o644);
  const entry = join(import.meta.dirname, '../../src/cli/halley.ts');
  const words = ['-c', 'ulimit -n 1000; exec "$0" "$@"', process.execPath, entry, 'doctor', '--json'];
  const child = spawn('sh', [...words, '--config', file], {
    env: { PATH: process.env.PATH, HOME: dir },
    cwd: dir,
  });
  const findings = JSON.parse(await text(child.stdout)) as {
    check: string;
    outcome: string;
    message: string;
  }[];
  const message = (check: string) => {
    const found = findings.find((one) => one.check === check);
    return `${found?.outcome}: ${found?.message}`;
  };
  assert.match(message('port'), /^failed: .*another process uses it/);
  assert.match(message('gateway'), /^failed: .*status 404/);
  assert.match(message('settings file'), /^failed: .*holds bootstrap_token/);
  if (process.platform === 'linux') assert.match(message('open files'), /^warning: .*only 1000/);
});
