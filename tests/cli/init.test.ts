/** The first hour of an operator: `halley init` by flags and by questions, and the commands that it shows. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { compileCache } from '../support/compile-cache.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { testCertificate, testCertificateKey } from '../support/test-certificate.ts';
import { until } from '../support/until.ts';
import { halley } from './halley.ts';
import { onTerminal } from './pseudo-terminal.ts';
import { inPipe, onScreen } from './screen.ts';

const entry = join(import.meta.dirname, '../../src/cli/halley.ts');

/** A directory with a space in its name, as a shell must quote it. */
function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley init-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

const contents = (file: string) => parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

/** Runs a command of the result as a shell would, in another directory than the file's. */
function pasted(t: TestContext, command: string, input: string, home: string): ChildProcess {
  const env = { PATH: process.env.PATH, HOME: home, ...compileCache };
  const child = spawn('sh', ['-c', `exec ${command}`], { env, cwd: tmpdir() });
  t.after(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return child;
}

async function outcomeOf(child: ChildProcess): Promise<string> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += String(chunk);
    });
  }
  const [code] = await once(child, 'close');
  return code === exitCodes.ok ? 'ok' : output;
}

async function answersHealth(url: string): Promise<boolean> {
  const response = await fetch(`${url}/healthz`).catch(() => undefined);
  return response?.status === 200;
}

test('without a terminal init asks nothing, and the commands that it shows start, check and sign in', async (t) => {
  const dir = folder(t);
  const [file, port] = [join(dir, 'halley.yaml'), await unusedPort()];
  const flags = ['--config', file, '--data-dir', join(dir, 'data'), '--listen', `127.0.0.1:${port}`];
  const { code, stdout, stderr } = await halley([
    'init',
    ...flags,
    '--no-demo',
    '--bootstrap-token',
    '--json',
  ]);
  assert.equal(code, exitCodes.ok, stderr);
  const result = JSON.parse(stdout) as { file: string; next: string[] };
  assert.equal(result.file, file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { bootstrap_token: token, ...rest } = contents(file);
  assert.deepEqual(rest, {
    data_dir: join(dir, 'data'),
    listen: `127.0.0.1:${port}`,
    demo: { enabled: false },
  });
  assert.ok(!stdout.includes(String(token)));

  const [serve = '', doctor = '', login = ''] = result.next;
  const gateway = pasted(t, serve, '', dir);
  await until(() => answersHealth(`http://127.0.0.1:${port}`));
  assert.equal(await outcomeOf(pasted(t, doctor, '', dir)), 'ok');
  const signIn = pasted(t, `${login} --token-file -`, String(token), dir);
  assert.equal(await outcomeOf(signIn), 'ok');
  const exit = once(gateway, 'exit');
  gateway.kill('SIGTERM');
  assert.deepEqual(await exit, [exitCodes.ok, null]);
});

test('a terminal is asked, and serve starts from the file', async (t) => {
  if (spawnSync('script', ['--version']).error) {
    return t.skip('SKIPPED: there is no `script` on this machine, so no real terminal was tried');
  }
  const dir = folder(t);
  const [file, port] = [join(dir, 'halley.yaml'), await unusedPort()];
  const command = `${process.execPath} ${entry} init --config '${file}'`;
  const shown = await onTerminal(t, command, { HOME: dir }, [
    ['halley-data]: ', join(dir, 'data')],
    ['[sqlite]: ', 'mysql'],
    ['[sqlite]: ', ''],
    ['[127.0.0.1:8787]: ', 'nowhere'],
    ['[127.0.0.1:8787]: ', `127.0.0.1:${port}`],
    ['[none]: ', 'p'],
    ['[127.0.0.1,::1]: ', ''],
    ['[-]: ', 'https://ai.example.com'],
    ['[yes]: ', 'no'],
  ]);
  assert.match(shown, /Answer with one of: sqlite, postgres/);
  assert.match(shown, /The answer is "nowhere"\. It must be host:port/);
  assert.match(shown, /Start the gateway:/);
  assert.deepEqual(contents(file), {
    data_dir: join(dir, 'data'),
    listen: `127.0.0.1:${port}`,
    public_url: 'https://ai.example.com',
    http: { trusted_proxies: ['127.0.0.1', '::1'] },
    demo: { enabled: false },
  });
  const gateway = pasted(t, `${process.execPath} ${entry} serve --config '${file}'`, '', dir);
  await until(() => answersHealth(`http://127.0.0.1:${port}`));
  const exit = once(gateway, 'exit');
  gateway.kill('SIGTERM');
  await exit;
});

test('the address of a database is tried, kept in a file of mode 600, and left out when the environment has it', async (t) => {
  const dir = folder(t);
  const [file, url] = [join(dir, 'halley.yaml'), await freshDatabase()];
  const common = [
    'init',
    '--config',
    file,
    '--data-dir',
    join(dir, 'data'),
    '--listen',
    '127.0.0.1:0',
    '--no-demo',
  ];
  const wrong = `postgres://halley:hidden-word@127.0.0.1:${await unusedPort()}/halley`;
  const asked = await onScreen(common, { env: {}, answers: ['postgres', 'db', wrong, url, 'none', '-'] });
  assert.equal(asked.error, undefined);
  assert.match(asked.stderr, /The answer is \[redacted\]/);
  assert.match(asked.stderr, /cannot be used: connect ECONNREFUSED/);
  assert.doesNotMatch(asked.stderr + asked.stdout, /hidden-word/);
  assert.deepEqual(contents(file).database, { url });
  assert.equal(statSync(file).mode & 0o777, 0o600);

  const again = await inPipe(common, {});
  assert.equal(again.code, exitCodes.failure);
  assert.match(again.stderr, /exists already/);
  const fromEnvironment = await inPipe([...common, '--force'], { HALLEY_DATABASE_URL: url });
  assert.equal(fromEnvironment.code, exitCodes.ok, fromEnvironment.stderr);
  assert.equal(contents(file).database, undefined);

  rmSync(file);
  writeFileSync(join(dir, 'url'), `${wrong}\n`);
  const fromFile = [...common, '--database-url-file', join(dir, 'url')];
  assert.equal((await inPipe(fromFile, {})).code, exitCodes.usage);
  assert.ok(!existsSync(file), 'nothing is written when the database cannot be reached');
  assert.equal((await inPipe([...fromFile, '--offline'], {})).code, exitCodes.ok);
  assert.deepEqual(contents(file).database, { url: wrong });
});

test('a certificate is read before it is written, and its name is offered as the public URL', async (t) => {
  const dir = folder(t);
  const [cert, key, file] = [join(dir, 'cert.pem'), join(dir, 'key.pem'), join(dir, 'halley.yaml')];
  writeFileSync(cert, testCertificate);
  writeFileSync(key, testCertificateKey);
  const flags = [
    'init',
    '--config',
    file,
    '--data-dir',
    dir,
    '--listen',
    '0.0.0.0:8443',
    '--database',
    'sqlite',
    '--demo',
  ];
  const { error, questions, stderr, stdout } = await onScreen(flags, {
    env: { HALLEY_LISTEN: '127.0.0.1:0' },
    answers: ['', join(dir, 'no.pem'), key, cert, key, ''],
  });
  assert.equal(error, undefined);
  assert.match(questions[0] ?? '', /\[halley\]/);
  assert.match(stderr, /no\.pem.* does not exist/);
  assert.match(stderr, /HALLEY_LISTEN is set, and overrides listen/);
  assert.deepEqual(contents(file).tls, { cert_path: cert, key_path: key });
  assert.equal(contents(file).public_url, 'https://upstream.example:8443');
  assert.match(stdout, /login --url https:\/\/upstream\.example:8443$/m);
});

test('flags that contradict each other, and values that are missing, are refused', async (t) => {
  const file = join(folder(t), 'halley.yaml');
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['--listen', 'nowhere'], /--listen is "nowhere"/],
    [['--trusted-proxies', 'proxy.example'], /--trusted-proxies/],
    [['--database', 'postgres'], /--database-url-file/],
    [['--database', 'sqlite', '--database-url-file', '/dev/null'], /is for --database postgres/],
    [['--tls', 'halley'], /--cert-path and --key-path/],
    [['--tls', 'none', '--trusted-proxies', '10.0.0.1'], /is for --tls proxy/],
    [['--tls', 'proxy', '--cert-path', 'x'], /are for --tls halley/],
  ];
  for (const [flags, message] of nonEmpty(cases)) {
    const { code, stderr } = await inPipe(['init', '--config', file, ...flags], {});
    assert.equal(code, exitCodes.usage, flags.join(' '));
    assert.match(stderr, message);
    assert.ok(!existsSync(file));
  }
});
