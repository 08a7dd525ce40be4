/** Lists: truncation is always reported, secrets are shown only on request, and tables fit the terminal. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from '../../src/cli/client.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { allPages } from '../../src/cli/listing.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { halley } from './halley.ts';
import { inPipe, onScreen, type ScreenOptions } from './screen.ts';

const keys_made = 105;

let gateway: Gateway;
let upstream: FakeUpstream;
let newest: { id: number; value: string };

before(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startFakeUpstream()]);
  for (let index = 1; index < keys_made; index += 1) await gateway.createKey({ name: `key ${index}` });
  newest = await gateway.createKey({ name: 'x'.repeat(50), remain_quota: 1_250_000, unlimited_quota: false });
  await gateway.createChannel(upstream.origin, {
    name: 'a channel with rather a long name',
    models: Array.from({ length: 30 }, (_, index) => `model-number-${index}`),
  });
});
after(async () => {
  await upstream?.close();
  await gateway?.stop();
});

const env = () => ({ HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token });
const piped = (...args: string[]) => inPipe(args, env());
const screen = (args: string[], options: Partial<ScreenOptions> = {}) =>
  onScreen(args, { env: env(), ...options });

const lines = (text: string) => text.split('\n').slice(0, -1);

test('keys list reports that there are more keys, in a pipe too, and how to list them', async () => {
  for (const args of [[], ['--json']]) {
    const { stdout, stderr } = await piped('keys', 'list', ...args);
    assert.equal(stderr, `20 of ${keys_made} keys; --all for all, --page 2 for the next.\n`);
    const shown = args.length > 0 ? JSON.parse(stdout) : lines(stdout).slice(1);
    assert.equal(shown.length, 20);
  }
  const last = await piped('keys', 'list', '--page', '6');
  assert.equal(last.stderr, `101 to ${keys_made} of ${keys_made} keys; --all for all.\n`);
  assert.equal(
    (await piped('keys', 'list', '--page', '9')).stderr,
    `There is no page 9 of ${keys_made} keys.\n`,
  );
});

test('keys list --all prints every key once, as lines and as one JSON array', async () => {
  const table = await piped('keys', 'list', '--all');
  assert.equal(table.stderr, '');
  const ids = lines(table.stdout)
    .slice(1)
    .map((line) => Number(line.split('\t')[0]));
  assert.equal(ids[0], newest.id);
  assert.equal(new Set(ids).size, keys_made);
  const json = JSON.parse((await piped('keys', 'list', '--all', '--json')).stdout) as { id: number }[];
  assert.deepEqual(
    json.map(({ id }) => id),
    ids,
  );
});

test('a key deleted during a listing does not hide another one', async () => {
  const { id: late } = await gateway.createKey({ name: 'late' });
  const client = createClient(gateway.url, gateway.token);
  const ids: unknown[] = [];
  for await (const { items } of allPages(client, { path: '/api/token/', byCursor: true })) {
    ids.push(...items.map(({ id }) => id));
    await gateway.call('DELETE', `/api/token/${late}`);
  }
  assert.equal(new Set(ids).size, keys_made + 1);
  assert.equal(ids.length, keys_made + 1);
});

test('refuses a page size that the API would change, and names the option', async () => {
  const lists = ['keys list', 'users list', 'users topups', 'channels list', 'logs', 'journal'];
  for (const list of lists) {
    for (const size of ['0', '101', '1000', 'x']) {
      const { error } = await screen([...list.split(' '), '--page-size', size]);
      assert.match(error?.message ?? '', /^--page-size: .* from 1 to 100\.$/, list);
    }
    const { error } = await screen([...list.split(' '), '--all', '--page', '2']);
    assert.match(error?.message ?? '', /^Give --all, or/, list);
  }
});

test('no command shows the value of a key without --show-values, in JSON and in tables', async () => {
  const id = String(newest.id);
  const shown = async (...args: string[]) => {
    const { stdout, code, stderr } = await piped(...args);
    assert.equal(code, exitCodes.ok, stderr);
    return stdout.includes(newest.value);
  };
  for (const json of [[], ['--json']]) {
    for (const args of [
      ['keys', 'list'],
      ['keys', 'show', id],
    ]) {
      assert.equal(await shown(...args, ...json), false, args.join(' '));
      assert.equal(await shown(...args, '--show-values', ...json), true, args.join(' '));
    }
    assert.equal(await shown('keys', 'update', id, '--rpm', '5', ...json), false);
  }
});

test('shows when a key was last used, or never', async () => {
  const unused = await piped('keys', 'show', String(newest.id));
  assert.match(unused.stdout, /^last used\tnever$/m);
  const { id, value } = await gateway.createKey({ name: 'used' });
  await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${value}` },
    body: JSON.stringify({ model: 'model-number-0', messages: [{ role: 'user', content: 'hi' }] }),
  }).then((response) => response.text());
  const used = await piped('keys', 'show', String(id));
  assert.match(used.stdout, /^last used\t20\d\d-\d\d-\d\d \d\d:\d\dZ$/m);
  await gateway.call('DELETE', `/api/token/${id}`);
});

const tables = [
  ['keys', 'list'],
  ['users', 'list'],
  ['users', 'topups'],
  ['channels', 'list'],
  ['prices', 'list'],
  ['prices', 'groups'],
  ['logs'],
  ['logs', '--all-users'],
  ['usage', '--by', 'day,key,model'],
  ['journal'],
  ['journal', '--all-users'],
  ['fleet', 'status'],
  ['settings'],
];

test('every table fits 80 columns and names omitted columns, and --wide shows all of them', async () => {
  await gateway.call('POST', '/api/user/topup', {
    body: {
      user_id: 1,
      money: '2',
      reason: 'a reason that goes on and on and on and on and on and on and on',
    },
  });
  await gateway.call('PUT', '/api/price/group', { body: { group: 'vip', multiplier: '0.8' } });
  for (const args of tables) {
    const name = args.join(' ');
    const { stdout, stderr, error } = await screen(args);
    assert.equal(error, undefined, name);
    assert.ok(lines(stdout).length > 1, `${name} shows no rows`);
    for (const line of nonEmpty(lines(stdout))) assert.ok(line.length <= 80, `${name}: ${line}`);
    const wide = await screen([...args, '--wide']);
    const heads = (text: string) => (lines(text)[0] ?? '').split(/ {2,}/);
    const leftOut = heads(wide.stdout).filter((head) => !heads(stdout).includes(head));
    const told = /Left out at 80 columns: (.*)\. --wide/.exec(stderr)?.[1]?.split(', ') ?? [];
    assert.deepEqual(told, leftOut, name);
    assert.doesNotMatch(wide.stdout, /[^y]…(?! *sk-)\s/, name);
  }
  const { stdout } = await screen(['keys', 'list']);
  assert.match(stdout, /x…/);
  assert.match(stdout, /LAST USED/);
});

test('a pipe gets every value in full', async () => {
  const { stdout } = await halley(['keys', 'list', '--search', 'xx%'], { ...env(), COLUMNS: '40' });
  const [head, row] = lines(stdout).map((line) => line.split('\t'));
  assert.equal(head?.length, 8);
  assert.equal(row?.[1], 'x'.repeat(50));
});

test('the list ends when its reader closes the pipe', async () => {
  let seen = 0;
  const { stdout } = await screen(['keys', 'list', '--all'], {
    interactive: false,
    onLine: () => {
      seen += 1;
    },
    isClosed: () => seen > 0,
  });
  assert.equal(lines(stdout).length, 101, 'the page that was being printed, and no other');
});

test('doctor checks every channel, also beyond the first page', async () => {
  for (let index = 0; index < 101; index += 1)
    await gateway.createChannel(upstream.origin, { name: `c${index}`, status: 2 });
  const { stdout } = await screen(['doctor', '--json'], { interactive: false });
  const checks = (JSON.parse(stdout) as { check: string }[]).map(({ check }) => check);
  assert.equal(checks.filter((check) => /^channel \d+ /.test(check)).length, 102);
});
