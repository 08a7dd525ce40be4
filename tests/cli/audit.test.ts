/** `halley audit`, and the entries of commands that change the database or the server secret themselves. */
import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { after, before, test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { limits } from '../../src/platform/limits.ts';
import { onlyOn } from '../support/engine.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { halley } from './halley.ts';
import { inPipe, onScreen } from './screen.ts';

let gateway: Gateway;
let keyId: number;

before(async () => {
  gateway = await startGateway();
  keyId = (await gateway.createKey({ name: 'first \u202ename' })).id;
  for (let index = 1; index <= limits.page_size_max + 5; index += 1) {
    await gateway.call('PUT', '/api/token', { body: { id: keyId, name: `name ${index}` } });
  }
});
after(() => gateway?.stop());

const env = () => ({ HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token });
const audit = (...args: string[]) => inPipe(['audit', ...args], env());

test('a page says that there is more, and --all lists every entry once', async () => {
  const page = await audit('--object', 'key', '--id', String(keyId));
  assert.equal(page.code, exitCodes.ok, page.stderr);
  assert.equal(page.stderr, `${limits.page_size_default} entries; --all for all.\n`);
  const all = await audit('--object', 'key', '--id', String(keyId), '--all', '--json');
  const entries = JSON.parse(all.stdout) as readonly { readonly id: number; readonly action: string }[];
  assert.equal(entries.length, limits.page_size_max + 6);
  assert.deepEqual([...new Set(entries.map(({ id }) => id))].length, entries.length);
  assert.equal(entries.at(-1)?.action, 'created');
});

test('an entry is one line: who did what, with values before and after, and nothing that steers the terminal', async () => {
  const { stdout: output } = await onScreen(['audit', '--object', 'key', '--wide'], { env: env() });
  assert.match(output, /root +updated +key \d+ "name \d+" +name: "name \d+" -> "name \d+"/);
  const first = await audit('--action', 'created', '--object', 'key');
  assert.match(first.stdout, /first \\u\{202e\}name/);
});

test('filters that an account may not use lead to the log of all accounts', async () => {
  const byRoot = await audit('--actor', '1', '--object', 'key', '--json');
  assert.equal(byRoot.code, exitCodes.ok, byRoot.stderr);
  const entries = JSON.parse(byRoot.stdout) as readonly { readonly actor_id: number }[];
  assert.ok(entries.length > 0 && entries.every(({ actor_id }) => actor_id === 1));
});

test(
  'commands on the machine itself are named with the user of the operating system',
  onlyOn('sqlite', 'the secret is a file'),
  async () => {
    const offline = { HALLEY_DATA_DIR: gateway.dataDir };
    for (const args of [
      ['secret', 'rotate'],
      ['root', 'reset', '--password', '--yes'],
    ]) {
      const { code, stderr } = await halley(args, offline);
      assert.equal(code, exitCodes.ok, stderr);
    }
    const { stdout } = await audit('--all-users', '--json');
    const [reset, rotated] = JSON.parse(stdout) as readonly Readonly<Record<string, unknown>>[];
    const { username } = userInfo();
    assert.deepEqual(
      [reset?.actor_name, reset?.credential, reset?.action, reset?.object_name],
      [username, 'cli', 'updated', 'root'],
    );
    assert.deepEqual(reset?.changes, [{ field: 'password', secret: true }]);
    assert.deepEqual(
      [rotated?.actor_name, rotated?.action, rotated?.object_name],
      [username, 'updated', 'server_secret'],
    );
    assert.match(String(rotated?.user_agent), /secret rotate/);
  },
);
