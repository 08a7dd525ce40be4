/** The first start and later starts, for a newcomer and for an unattended install. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { compileCache } from '../support/compile-cache.ts';
import { isStored } from '../support/database.ts';
import { engineEnv, testEngine } from '../support/engine.ts';
import { dataOf, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const entry = join(import.meta.dirname, '../../src/cli/halley.ts');

function dataDirectory(t: { after(end: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-test-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Starts as `npm start` does, without a bootstrap token, and collects the output. */
async function startAsNewcomer(dataDir: string, listen = '127.0.0.1:0') {
  const child = spawn(process.execPath, [entry, 'serve'], {
    env: {
      PATH: process.env.PATH,
      ...compileCache,
      HALLEY_DATA_DIR: dataDir,
      HALLEY_LISTEN: listen,
      ...(await engineEnv(dataDir)),
    },
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  child.stderr.on('data', (chunk) => {
    printed += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, printed: () => printed, ended };
}

/** Returns the printed commands, each joined to one line. */
function commandsIn(printed: string): readonly string[] {
  return printed
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('curl '));
}

test('the first start prints a request and a deletion that work when pasted; a second start prints no secret', async (t) => {
  const dataDir = dataDirectory(t);
  const first = await startAsNewcomer(dataDir);
  t.after(() => first.child.kill('SIGKILL'));
  await until(() => first.printed().includes('The model is a built-in demo'));
  const [request, deletion] = commandsIn(first.printed());
  assert.ok(request && deletion, first.printed());

  const answer = JSON.parse((await run('sh', ['-c', request])).stdout);
  assert.match(answer.choices[0].message.content, /demo/i);
  assert.ok(answer.usage.total_tokens > 0);
  const deleted = JSON.parse((await run('sh', ['-c', deletion])).stdout);
  assert.deepEqual(deleted, { success: true, message: '' });
  const refused = JSON.parse((await run('sh', ['-c', request])).stdout);
  assert.equal(refused.error.code, 'invalid_api_key');

  const password = /password\s+(\S+)/.exec(first.printed())?.[1] ?? '';
  const token = /access token\s+(\S+)/.exec(first.printed())?.[1] ?? '';
  first.child.kill('SIGTERM');
  assert.equal(await first.ended, 0);

  const second = await startAsNewcomer(dataDir);
  t.after(() => second.child.kill('SIGKILL'));
  await until(() => /running at http/.test(second.printed()));
  const url = /http:\/\/\S+/.exec(second.printed())?.[0] ?? '';
  assert.ok(!second.printed().includes(password) && !second.printed().includes(token));
  const self = await fetch(`${url}/api/user/self`, { headers: { authorization: token } });
  assert.equal(((await self.json()) as { data: { username: string } }).data.username, 'root');
  const login = await fetch(`${url}/api/user/login`, {
    method: 'POST',
    body: JSON.stringify({ username: 'root', password }),
  });
  assert.equal(((await login.json()) as { success: boolean }).success, true);
  second.child.kill('SIGTERM');
  assert.equal(await second.ended, 0);
});

/** Returns the code of the link in the file, which only its owner may read. */
function codeIn(dataDir: string): string {
  const path = join(dataDir, 'setup-link');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  return (
    /^http:\/\/127\.0\.0\.1:\d+\/console\/login#setup=([\w-]{43})\n$/.exec(readFileSync(path, 'utf8'))?.[1] ??
    ''
  );
}

test('until root has signed in, each start leaves a link that sets a password, in a file and in no output', async (t) => {
  const dataDir = dataDirectory(t);
  const start = async () => {
    const started = await startAsNewcomer(dataDir);
    t.after(() => started.child.kill('SIGKILL'));
    await until(() => /running at http/.test(started.printed()));
    const url = /http:\/\/\S+/.exec(started.printed())?.[0] ?? '';
    const setUp = async (code: string) => {
      const body = JSON.stringify({ code, password: 'a password of my own' });
      return (await fetch(`${url}/api/user/setup`, { method: 'POST', body })).status;
    };
    const stop = async () => {
      started.child.kill('SIGTERM');
      assert.equal(await started.ended, 0);
    };
    return { ...started, setUp, stop };
  };
  const first = await start();
  const unused = codeIn(dataDir);
  assert.match(first.printed(), /setup-link has a link/);
  await first.stop();
  const second = await start();
  const code = codeIn(dataDir);
  assert.notEqual(code, unused);
  assert.equal(await second.setUp(`${code}x`), 401);
  assert.equal(await second.setUp(code), 200);
  assert.deepEqual([await second.setUp(code), await second.setUp(unused)], [401, 401]);
  await second.stop();
  const third = await start();
  assert.equal(await third.setUp(code), 401);
  await third.stop();
  assert.equal(existsSync(join(dataDir, 'setup-link')), false);
  for (const { printed } of nonEmpty([first, second, third])) {
    assert.ok(!printed().includes(code) && !printed().includes(unused));
  }
});

test('a signal that comes before the start has ended stops the gateway in order', async (t) => {
  const started = await startAsNewcomer(dataDirectory(t));
  t.after(() => started.child.kill('SIGKILL'));
  await until(() => started.printed().includes('"listening"'));
  started.child.kill('SIGTERM');
  assert.equal(await started.ended, 0, started.printed());
});

test('a start on a port in use fails; a repeated first start shows the secrets', async (t) => {
  const dataDir = dataDirectory(t);
  const holder = createServer().listen(0, '127.0.0.1');
  t.after(() => holder.close());
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const failed = await startAsNewcomer(dataDir, `127.0.0.1:${port}`);
  t.after(() => failed.child.kill('SIGKILL'));
  await until(() => failed.child.exitCode !== null);
  assert.notEqual(failed.child.exitCode, 0);
  assert.match(failed.printed(), /EADDRINUSE/);

  const repeated = await startAsNewcomer(dataDir);
  t.after(() => repeated.child.kill('SIGKILL'));
  await until(() => /running at http/.test(repeated.printed()));
  assert.match(repeated.printed(), /access token\s+\S+/);
  repeated.child.kill('SIGKILL');
  await repeated.ended;

  const again = await startAsNewcomer(dataDir, `127.0.0.1:${port}`);
  t.after(() => again.child.kill('SIGKILL'));
  await until(() => again.child.exitCode !== null);
  assert.notEqual(again.child.exitCode, 0);
  assert.match(again.printed(), /EADDRINUSE/);
});

test('an unattended first start prints no secret, and serves the demo model', async (t) => {
  const dataDir = dataDirectory(t);
  const gateway = await startGateway({ dataDir, env: { HALLEY_DEMO_ENABLED: 'true' } });
  const key = await gateway.createKey();
  const answer = await gateway.call('POST', '/v1/chat/completions', {
    token: `Bearer ${key.value}`,
    body: { model: 'demo-chat', messages: [{ role: 'user', content: 'hi' }] },
  });
  assert.equal(answer.status, 200, answer.text);
  const files = testEngine() === 'sqlite' ? ['halley.sqlite', 'server-secret'] : ['server-secret'];
  for (const file of nonEmpty(files)) {
    assert.equal(statSync(join(dataDir, file)).mode & 0o077, 0, `${file} must be private`);
  }
  await gateway.stop();
  assert.doesNotMatch(gateway.output(), /password|access token|setup-link/);
  assert.equal(existsSync(join(dataDir, 'setup-link')), false);
});

test('no value of a key, token or password is in the database', async (t) => {
  const dataDir = dataDirectory(t);
  const gateway = await startGateway({ dataDir });
  const key = await gateway.createKey();
  await gateway.stop();
  assert.equal(await isStored(dataDir, 'root'), true, 'what is stored is found');
  for (const secret of [key.value.slice(3), gateway.token])
    assert.equal(await isStored(dataDir, secret), false);
});

test('a second process on the same data directory refuses to start and names the first, which continues', async (t) => {
  const dataDir = dataDirectory(t);
  const gateway = await startGateway({ dataDir });
  const second = await startAsNewcomer(dataDir);
  assert.notEqual(await second.ended, 0);
  assert.ok(second.printed().includes(dataDir), second.printed());
  assert.ok(second.printed().includes(`pid ${gateway.process.pid}`), second.printed());
  assert.equal((await gateway.call('GET', '/healthz')).status, 200);
  await gateway.stop();
});

test('after SIGKILL it starts again on the same directory without loss', async (t) => {
  const dataDir = dataDirectory(t);
  const before = await startGateway({ dataDir });
  const key = await before.createKey({ name: 'kept' });
  await before.kill();
  const after = await startGateway({ dataDir, env: { HALLEY_BOOTSTRAP_TOKEN: before.token } });
  after.secret(key.value);
  assert.equal(dataOf(await after.call('GET', `/api/token/${key.id}`)).name, 'kept');
  await after.stop();
});
