/** Signing in: profiles in a file that only its owner can read, and passwords from a prompt or a file. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { halley } from './halley.ts';
import { onTerminal } from './pseudo-terminal.ts';
import { inPipe, onScreen, type ScreenOptions } from './screen.ts';

let gateway: Gateway;
before(async () => {
  gateway = await startGateway();
});
after(() => gateway?.stop());

/** Creates a home directory and returns the path of its profiles. */
function home(t: { after(run: () => void): void }) {
  const dir = mkdtempSync(join(tmpdir(), 'halley-home-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'halley', 'profiles.json');
  const env = { XDG_CONFIG_HOME: dir };
  return {
    env,
    file,
    /** Runs as a separate process if it reads standard input, otherwise in this process, which is faster. */
    run: (args: readonly string[], more: Readonly<Record<string, string>> = {}, input = '') =>
      input === '' ? inPipe(args, { ...env, ...more }) : halley(args, { ...env, ...more }, input),
    screen: (args: string[], options: Partial<ScreenOptions> = {}) => onScreen(args, { env, ...options }),
    profiles: () =>
      JSON.parse(readFileSync(file, 'utf8')) as {
        current?: string;
        profiles: Record<string, { url: string; token: string; username: string }>;
      },
  };
}

const password = 'a password of some length';

async function user(name: string): Promise<string> {
  const { status } = await gateway.call('POST', '/api/user/', { body: { username: name, password } });
  assert.equal(status, 200);
  return name;
}

test('login creates a token, stores it readable only by its owner, and other commands use it', async (t) => {
  const { screen, run, file, profiles } = home(t);
  const name = await user('lena');
  const args = ['login', '--url', gateway.url];
  const first = await screen(args, { answers: [name, password] });
  assert.equal(first.error, undefined);
  assert.equal(first.questions.length, 2, 'there is no token yet that could be replaced');
  const { token } = profiles().profiles.default ?? {};
  assert.ok(token);
  gateway.secret(token);
  assert.ok(!(first.stdout + first.stderr).includes(token));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const listed = await run(['keys', 'list', '--json']);
  assert.deepEqual([listed.code, listed.stdout], [exitCodes.ok, '[\n]\n']);

  const refused = await screen(args, { answers: [name, password, 'n'] });
  assert.match(refused.questions[2] ?? '', /already has an access token, and can have only one/);
  assert.match(refused.error?.message ?? '', /Nothing was changed/);
  assert.equal((await run(['keys', 'list'])).code, exitCodes.ok, 'the token is as good as before');

  const passwordFile = ['--username', name, '--password-file', '-'];
  const unasked = await run([...args, ...passwordFile], {}, password);
  assert.equal(unasked.code, exitCodes.usage);
  assert.match(unasked.stderr, /--yes/);
  assert.equal((await run([...args, ...passwordFile, '--yes'], {}, `${password}\n`)).code, exitCodes.ok);
  const renewed = profiles().profiles.default?.token ?? '';
  assert.notEqual(renewed, token);
  gateway.secret(renewed);
  const old = await run(['keys', 'list'], { HALLEY_URL: gateway.url, HALLEY_TOKEN: token });
  assert.equal(old.code, exitCodes.denied);
  const wrong = await run([...args, '--username', name, '--password-file', '-'], {}, 'not the password');
  assert.equal(wrong.code, exitCodes.denied);
});

test('a pasted token is checked before it is stored', async (t) => {
  const { screen, run, profiles, file } = home(t);
  const args = ['login', '--url', gateway.url, '--profile', 'prod'];
  const wrong = await screen(args, { answers: ['', 'no-such-token'] });
  assert.ok(wrong.error);
  assert.throws(() => statSync(file));
  const kept = await run([...args, '--token-file', '-'], {}, `${gateway.token}\n`);
  assert.equal(kept.code, exitCodes.ok, kept.stderr);
  assert.deepEqual(profiles(), {
    current: 'prod',
    profiles: { prod: { url: gateway.url, token: gateway.token, username: 'root' } },
  });
});

test('refuses a file of profiles that others can read, and an invalid one', async (t) => {
  const { run, file } = home(t);
  await run(['login', '--url', gateway.url, '--token-file', '-'], {}, gateway.token);
  chmodSync(file, 0o640);
  const open = await run(['keys', 'list']);
  assert.equal(open.code, exitCodes.denied);
  assert.match(open.stderr, /can be read by other users\. Run: chmod 600/);
  chmodSync(file, 0o600);
  assert.equal((await run(['keys', 'list'])).code, exitCodes.ok);
  writeFileSync(file, '{"profiles":{"x":{"url":1}}}');
  assert.match((await run(['keys', 'list'])).stderr, /contains no profiles/);
});

test('the token of a profile is sent only to its own gateway', async (t) => {
  const { run, screen, env } = home(t);
  await run(['login', '--url', gateway.url, '--token-file', '-'], {}, gateway.token);
  const elsewhere = 'http://127.0.0.1:9';
  const other = await screen(['keys', 'list', '--url', elsewhere]);
  assert.match(other.error?.message ?? '', /No access token/);
  const named = await screen(['keys', 'list', '--url', elsewhere, '--profile', 'default']);
  assert.match(named.error?.message ?? '', /is for http:.*, not for http:\/\/127\.0\.0\.1:9/);
  const byEnvironment = await onScreen(['keys', 'list'], {
    env: { ...env, HALLEY_URL: elsewhere, HALLEY_PROFILE: 'default' },
  });
  assert.match(byEnvironment.error?.message ?? '', /is for/);
  assert.equal((await screen(['keys', 'list', '--url', `${gateway.url}/`])).error, undefined);
});

test('names profiles, lists them without tokens, selects and removes them', async (t) => {
  const { run, profiles } = home(t);
  for (const name of ['one', 'two']) {
    await run(['login', '--url', gateway.url, '--profile', name, '--token-file', '-'], {}, gateway.token);
  }
  const listed = await run(['profiles', 'list', '--json']);
  assert.ok(!listed.stdout.includes(gateway.token));
  assert.deepEqual(
    (JSON.parse(listed.stdout) as { name: string; current: boolean }[]).map(({ name, current }) => [
      name,
      current,
    ]),
    [
      ['one', false],
      ['two', true],
    ],
  );
  assert.match((await run(['profiles', 'list'])).stdout, /^two \*\thttp/m);
  assert.equal((await run(['profiles', 'use', 'one'])).code, exitCodes.ok);
  assert.equal(profiles().current, 'one');
  assert.equal((await run(['profiles', 'use', 'three'])).code, exitCodes.notFound);
  assert.equal((await run(['keys', 'list', '--profile', 'three'])).code, exitCodes.usage);
  assert.equal(
    (await run(['keys', 'list'], { HALLEY_PROFILE: 'two', HALLEY_TOKEN: 'wrong' })).code,
    exitCodes.ok,
  );
  assert.equal(
    (await run(['keys', 'list'], { HALLEY_URL: gateway.url, HALLEY_TOKEN: 'wrong' })).code,
    exitCodes.denied,
  );
  const out = await run(['logout']);
  assert.match(out.stdout, /"one" is removed/);
  assert.match(out.stderr, /still valid/);
  assert.deepEqual(Object.keys(profiles().profiles), ['two']);
  assert.equal(
    (await run(['keys', 'list'])).code,
    exitCodes.denied,
    'no other profile takes its place unasked',
  );
  assert.equal((await run(['login', '--profile', 'a/b', '--token-file', '-'])).code, exitCodes.usage);
});

test('users token renews the profile in use, and logout --revoke ends its token', async (t) => {
  const { run, profiles } = home(t);
  const name = await user('mara');
  const login = ['login', '--url', gateway.url, '--username', name, '--password-file', '-'];
  assert.equal((await run(login, {}, password)).code, exitCodes.ok);
  const first = profiles().profiles.default?.token;
  assert.equal((await run(['users', 'token', '--yes'])).code, exitCodes.ok);
  const second = profiles().profiles.default?.token ?? '';
  assert.notEqual(second, first);
  assert.equal((await run(['keys', 'list'])).code, exitCodes.ok);
  assert.equal((await run(['logout', '--revoke'])).code, exitCodes.ok);
  const dead = await run(['keys', 'list'], { HALLEY_URL: gateway.url, HALLEY_TOKEN: second });
  assert.equal(dead.code, exitCodes.denied);
});

test('warns of a password over plain HTTP to another machine', async (t) => {
  const { screen } = home(t);
  const far = await screen(['login', '--url', 'http://gateway.invalid', '--token-file', '/dev/null']);
  assert.match(far.stderr, /plain HTTP/);
  const near = await screen(['login', '--url', gateway.url], { answers: ['', gateway.token] });
  assert.doesNotMatch(near.stderr, /plain HTTP/);
});

test('users password sets the own password after asking for the present one, and another user’s for an administrator', async (t) => {
  const { run, screen, env } = home(t);
  const name = await user('nora');
  await run(['login', '--url', gateway.url, '--username', name, '--password-file', '-'], {}, password);
  const signsIn = async (given: string) =>
    (
      await gateway.call('POST', '/api/user/login', {
        body: { username: name, password: given },
        token: undefined,
      })
    ).status;
  const wrong = await screen(['users', 'password'], {
    answers: ['no', 'the next password', 'the next password', 'n'],
  });
  assert.match(wrong.error?.message ?? '', /original password is wrong/);
  const different = await screen(['users', 'password'], {
    answers: [password, 'the next password', 'another one'],
  });
  assert.match(different.error?.message ?? '', /two passwords/);
  const asked = ['the next password', 'the next password'];
  assert.equal(
    (await screen(['users', 'password'], { answers: [password, ...asked, 'n'] })).error,
    undefined,
  );
  assert.equal((await run(['keys', 'list'])).code, exitCodes.ok, 'the access token is kept');
  assert.deepEqual([await signsIn('the next password'), await signsIn(password)], [200, 401]);
  const current = join(env.XDG_CONFIG_HOME, 'current');
  mkdirSync(env.XDG_CONFIG_HOME, { recursive: true });
  writeFileSync(current, 'the next password\n');
  const files = ['users', 'password', '--current-file', current, '--password-file', '-'];
  assert.equal((await run(files, {}, 'short')).code, exitCodes.usage);
  assert.match(
    (await run(files, {}, 'short')).stderr,
    /^halley: --password-file must have at least 8 characters/,
  );
  assert.equal((await run(files, {}, 'the third password')).code, exitCodes.ok);
  assert.equal(await signsIn('the third password'), 200);
  writeFileSync(current, 'the third password\n');
  const ended = await run([...files, '--revoke-access-token'], {}, 'the fourth password');
  assert.match(ended.stdout, /its sessions and its access token have ended/);
  assert.equal((await run(['keys', 'list'])).code, exitCodes.denied);
  const nobody = await run(['users', 'password']);
  assert.match(nobody.stderr, /no terminal to ask/);

  const root = { HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token };
  const found = (await gateway.call('GET', `/api/user/search?keyword=${name}`)).json?.data as {
    items: { id: number }[];
  };
  const set = ['users', 'password', String(found.items[0]?.id), '--password-file', '-'];
  assert.equal((await run(set, root, 'set by the administrator')).code, exitCodes.ok);
  assert.equal(await signsIn('set by the administrator'), 200);
});

test('a terminal does not echo a password, and tables fit it', async (t) => {
  if (spawnSync('script', ['--version']).error) {
    return t.skip('SKIPPED: there is no `script` on this machine, so no real terminal was tried');
  }
  const { env, profiles } = home(t);
  const name = await user('tess');
  const entry = join(import.meta.dirname, '../../src/cli/halley.ts');
  const run = `${process.execPath} ${entry}`;
  const shown = await onTerminal(t, `${run} login --url ${gateway.url}`, env, [
    ['an access token): ', name],
    ['Password: ', password],
  ]);
  assert.match(shown, /User name .*tess$/m);
  assert.match(shown, /^Password: $/m);
  assert.ok(!shown.includes(password));
  assert.equal(profiles().profiles.default?.username, 'tess');
  const list = await onTerminal(t, `${run} profiles list; ${run} users list --url ${gateway.url}`, env);
  assert.match(list, /default \*/);
  const root = { ...env, HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token };
  await gateway.createKey({ name: 'a name of some length, as people write them' });
  const keys = await onTerminal(t, `${run} keys list --no-color`, root);
  for (const line of nonEmpty(keys.split('\n').slice(0, 2))) assert.ok(line.length <= 60, line);
  assert.match(keys, /^Left out at 60 columns: /m);
  assert.ok(!keys.includes('\u001b'));
  assert.ok((await onTerminal(t, `${run} keys list`, root)).includes('\u001b[1mID'));
});
