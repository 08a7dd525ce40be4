/** Following the request log over a restart, usage, and balance entries. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CliError, exitCodes } from '../../src/cli/exit-codes.ts';
import { follow } from '../../src/cli/follow.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { inPipe, onScreen } from './screen.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let dataDir: string;
let key: { id: number; value: string };

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'halley-logs-'));
  [gateway, upstream] = await Promise.all([startGateway({ dataDir }), startFakeUpstream()]);
  await gateway.createChannel(upstream.origin);
  key = await gateway.createKey({ name: 'website' });
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
  await rm(dataDir, { recursive: true });
});

const env = () => ({ HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token });

async function ask(model = 'test-model', value = key.value): Promise<string> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${value}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }),
  });
  await response.text();
  return response.headers.get('x-request-id') ?? '';
}

test('logs --follow prints every request once, also over a restart of the gateway', async (t) => {
  const earlier = await ask();
  const port = new URL(gateway.url).port;
  const entry = join(import.meta.dirname, '../../src/cli/halley.ts');
  const args = [entry, 'logs', '--follow', '--json', '--key', 'website'];
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, HOME: dataDir, ...env() } });
  t.after(() => child.kill());
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  const told = () =>
    out
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { request_id: string }).request_id);
  await until(() => told().length === 1);
  const asked = [earlier, await ask(), await ask()];
  await until(() => told().length === 3);
  await gateway.stop();
  await until(() => err.includes('cannot be reached'));
  gateway = await startGateway({
    dataDir,
    env: { HALLEY_LISTEN: `127.0.0.1:${port}`, HALLEY_BOOTSTRAP_TOKEN: gateway.token },
  });
  asked.push(await ask());
  await until(() => told().length === 4);
  assert.deepEqual(told(), asked);
  assert.match(err, /answers again/);
  assert.equal(child.exitCode, null);
});

test('following neither misses late records or bursts, nor repeats any', async () => {
  const record = (id: number, time: number) => ({ id, created_at: time });
  // Like the gateway: newest first, pages of 100, `before_id` continues in that order.
  let stored = Array.from({ length: 150 }, (_, index) => record(index + 1, 1000 + index));
  let failures = 0;
  const call = async ({ query = {} }: { query?: Readonly<Record<string, unknown>> }) => {
    if (failures > 0) {
      failures -= 1;
      throw new CliError(exitCodes.unreachable, 'away');
    }
    const sorted = stored
      .filter(({ created_at: time }) => time >= Number(query.start_timestamp ?? 0))
      .sort((a, b) => b.created_at - a.created_at || b.id - a.id);
    const from = query.before_id === undefined ? 0 : sorted.findIndex(({ id }) => id === query.before_id) + 1;
    return { items: sorted.slice(from, from + 100), total: sorted.length };
  };
  const shown: number[] = [];
  const said: string[] = [];
  const steps = [
    () => stored.push(record(151, 1150)),
    () => undefined,
    // A record that is a second late, with a lower id; then more records than fit a page.
    () => stored.push(record(153, 1152)),
    () =>
      stored.push(
        record(152, 1148),
        ...Array.from({ length: 450 }, (_, index) => record(200 + index, 1153 + index)),
      ),
    () => {
      failures = 3;
    },
    () => stored.push(record(700, 1700)),
    () => undefined,
    () => undefined,
    () => {
      // Retention may remove records that were printed.
      stored = stored.filter(({ id }) => id > 300);
    },
  ];
  let isOver = false;
  await follow({
    client: { call },
    path: '/api/log/self',
    query: {},
    flags: {},
    pollMs: 1,
    show: (records) => shown.push(...records.map(({ id }) => Number(id))),
    notify: (text) => said.push(text),
    wait: async () => {
      const step = steps.shift();
      if (step) step();
      else isOver = true;
    },
    isOver: () => isOver,
  });
  const begin = Array.from({ length: 20 }, (_, index) => 131 + index);
  const many = Array.from({ length: 450 }, (_, index) => 200 + index);
  assert.deepEqual(shown, [...begin, 151, 153, 152, ...many, 700]);
  assert.deepEqual(said, ['away Trying again.', 'The gateway answers again.']);
});

test('following looks only at what is new where few of very many records match', async () => {
  const queries: (Readonly<Record<string, unknown>> | undefined)[] = [];
  let polls = 0;
  const call = async ({ query }: { query?: Readonly<Record<string, unknown>> }) => {
    queries.push(query);
    if (query?.page_size === 1) return { items: [{ id: 9, created_at: 5000 }], total: 1 };
    return { items: [], total: 0, ...(queries.length === 1 && { searched_from: 10, next: '10.0' }) };
  };
  await follow({
    ...{ client: { call }, path: '/api/log/self', query: { token_name: 'rare' }, flags: {}, pollMs: 1 },
    ...{ show: () => assert.fail('nothing matches'), notify: () => undefined },
    wait: async () => {
      polls += 1;
    },
    isOver: () => polls > 2,
  });
  assert.equal(queries.length, 4);
  assert.deepEqual(
    queries.map((query) => query?.start_timestamp),
    [undefined, undefined, 4700, 4700],
  );
});

test('filters logs by key, model, type and time, by default one’s own', async () => {
  const other = await gateway.createKey({ name: 'other' });
  const failed = await ask('test-model', other.value);
  const own = await ask();
  const ids = async (...args: string[]) => {
    const { stdout, stderr } = await onScreen(['logs', '--json', ...args], {
      env: env(),
      interactive: false,
    });
    return (JSON.parse(stdout || assert.fail(stderr)) as { request_id: string }[]).map(
      (each) => each.request_id,
    );
  };
  assert.deepEqual(await ids('--key', String(other.id)), [failed]);
  assert.deepEqual(await ids('--key', 'other'), [failed]);
  assert.equal((await ids('--key', 'website', '--since', '1h'))[0], own);
  assert.deepEqual(await ids('--model', 'no-%'), []);
  assert.deepEqual(await ids('--type', 'error'), []);
  assert.deepEqual(await ids('--until', '2020-01-01'), []);
  assert.deepEqual(await ids('--request', own), [own]);
  assert.deepEqual(await ids('--all-users', '--request', own), [own]);
  assert.deepEqual(await ids('--user', '999'), []);
  const { error } = await onScreen(['logs', '--model', '%a%b%'], { env: env() });
  assert.match(error?.message ?? '', /^--model may hold at most/);
});

test('a page that searched a part says since when, and how to go on', async (t) => {
  const data = { items: [], total: 0, searched_from: 1_800_000_000, next: '1800000000.0' };
  const server = createServer((_, res) => res.end(JSON.stringify({ success: true, message: '', data })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { stderr } = await onScreen(['logs', '--key', 'rare'], {
    env: { ...env(), HALLEY_URL: `http://127.0.0.1:${port}` },
  });
  const since = '2027-01-15T08:00:00Z';
  assert.equal(
    stderr.trim(),
    `0 records since ${since}; older ones were not searched. --all searches all, --until ${since} goes on.`,
  );
});

test('usage sums by the given parts, and the journal explains a balance', async () => {
  const data = async (...args: string[]) => {
    const { code, stdout, stderr } = await inPipe([...args, '--json'], env());
    assert.equal(code, exitCodes.ok, stderr);
    return JSON.parse(stdout) as Record<string, unknown>[];
  };
  const [whole] = await data('usage');
  assert.equal(whole?.model_name, 'test-model');
  const byKey = await data('usage', '--by', 'key,day');
  assert.deepEqual(new Set(byKey.map(({ token_name: name }) => name)), new Set(['website', 'other']));
  assert.equal(
    byKey.reduce((sum, { count }) => sum + Number(count), 0),
    whole.count,
  );
  assert.deepEqual(
    (await data('usage', '--by', 'user')).map(({ username }) => username),
    ['root'],
  );
  const shown = await onScreen(['usage', '--by', 'key'], { env: env() });
  assert.match(shown.stdout, /^KEY +REQUESTS +FAILED +TOKENS IN +TOKENS OUT +COST$/m);
  assert.match(shown.stderr, /^Together \d+ requests for \$/m);
  const wrong = await inPipe(['usage', '--by', 'colour'], env());
  assert.equal(wrong.code, exitCodes.usage);
  assert.match(wrong.stderr, /^halley: --by: "colour" is none of/);

  await inPipe(['users', 'topup', '1', '--usd', '3', '--reason', 'a gift', '--trade-no', 'j-1'], env());
  const [entry] = await data('journal');
  assert.deepEqual([entry?.kind, entry?.quota, entry?.reason], ['topup', 1_500_000, 'a gift']);
  assert.equal((await data('journal', '--user', '1'))[0]?.trade_no, 'j-1');
  assert.equal((await data('users', 'topups', '--trade-no', 'j-1'))[0]?.reason, 'a gift');
});

test('explain shows when what happened, what was tried, and what the charge is made of', async () => {
  const id = await ask();
  const explain = (...more: string[]) => inPipe(['explain', ...more], env());
  await until(async () => (await explain(id)).code === exitCodes.ok);
  const { stdout } = await explain(id);
  for (const text of [id, 'test-model', 'first byte', 'test upstream', 'charged']) {
    assert.ok(stdout.includes(text), `${text}: ${stdout}`);
  }
  const { cost, record } = JSON.parse((await explain(id, '--json')).stdout) as {
    readonly cost: { readonly units: number };
    readonly record: { readonly quota: number };
  };
  assert.equal(cost.units, record.quota);
  assert.equal((await explain('no-such-request')).code, exitCodes.notFound);
});
