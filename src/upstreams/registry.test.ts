/** Loaded channels: the targets of a request, their order, and the effect of failures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import { settingsSchema } from '../platform/settings/schema.ts';
import type { ChannelRow } from '../store/store.ts';
import { createUpstreams, type UpstreamRegistry } from './registry.ts';
import type { AttemptOutcome, TargetQuery, UpstreamTarget } from './upstreams.ts';

const plain: Omit<ChannelRow, 'id'> = {
  name: 'channel',
  state: 'enabled',
  protocols: ['openai'],
  baseUrl: 'https://upstream.example',
  sealedKeys: null,
  models: ['m'],
  modelMapping: {},
  groups: ['default'],
  priority: 0,
  weight: 1,
  extraHeaders: {},
  connectMs: null,
  firstByteMs: null,
  idleChunkMs: null,
  proxy: null,
  sealedProxyAuth: null,
  streamUsage: true,
  kind: 'custom',
  options: {},
  createdAt: 100,
};
const seal = (...keys: string[]) => Buffer.from(JSON.stringify(keys));
const settings = settingsSchema.parse({ upstreams: { open_after_failures: 2, cooldown_ms: 1000 } }).upstreams;

/** Creates a registry over the rows, which the test may change before a reload. */
async function start(t: { after(run: () => Promise<void>): void }, ...rows: Partial<ChannelRow>[]) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const note = (fields: Readonly<Record<string, unknown>>, text: string) =>
    void lines.push(`${text} ${JSON.stringify(fields)}`);
  let list: readonly ChannelRow[] = rows.map((row, index) => ({ ...plain, id: index + 1, ...row }));
  const upstreams = await createUpstreams({
    store: { listChannels: async () => list },
    settings,
    openKeys: ({ sealedKeys }) => (sealedKeys ? JSON.parse(Buffer.from(sealedKeys).toString()) : []),
    openProxyAuth: ({ sealedProxyAuth }) => sealedProxyAuth?.toString(),
    clock,
    random: (size) => new Uint8Array(size),
    log: { info: note, warn: note, error: note },
    demoOrigin: () => 'http://127.0.0.1:1',
  });
  t.after(() => upstreams.close());
  const setRows = (next: readonly Partial<ChannelRow>[]) => {
    list = next.map((row, index) => ({ ...plain, id: index + 1, ...row }));
    return upstreams.reload();
  };
  return { upstreams, clock, lines, setRows };
}

const ask = (
  upstreams: UpstreamRegistry,
  tried: readonly UpstreamTarget[] = [],
  groups = ['default'],
  more: Partial<Pick<TargetQuery, 'model' | 'operation' | 'kind' | 'keyId'>> = {},
) =>
  upstreams.pick({
    ...{ api: 'openai', operation: 'chat.completions', model: 'm', groups, kind: 'generate', keyId: 1 },
    conversation: () => undefined,
    ...more,
    tried,
  });

function target(upstreams: UpstreamRegistry, tried: readonly UpstreamTarget[] = []): UpstreamTarget {
  const picked = ask(upstreams, tried);
  assert.ok(typeof picked !== 'string', `got ${picked}`);
  return picked;
}

test('a target has the properties of its channel', async (t) => {
  const { upstreams } = await start(t, {
    name: 'one',
    baseUrl: 'https://upstream.example/base/',
    sealedKeys: seal('key-number-1'),
    modelMapping: { m: 'real-m' },
    extraHeaders: { 'x-a': 'b' },
    idleChunkMs: 5,
  });
  const picked = target(upstreams);
  const { connections, ...rest } = picked;
  assert.ok(connections);
  assert.equal(picked.asksForUsage, true);
  assert.equal(picked.secrets.mask('Incorrect key: key-number-1'), 'Incorrect key: [redacted]');
  assert.deepEqual(
    { ...rest, channel: undefined },
    {
      channel: undefined,
      channelId: 1,
      channelName: 'one',
      kind: 'custom',
      isEnabled: true,
      groups: new Set(['default']),
      origin: 'https://upstream.example',
      base: { origin: 'https://upstream.example', basePath: '/base', baseQuery: '', ownVersion: 'none' },
      key: 'key-number-1',
      use: { kind: 'generate', model: 'real-m', keyId: 1 },
      model: 'real-m',
      extraHeaders: { 'x-a': 'b' },
      options: {},
      style: {},
      firstByteMs: settings.first_byte_ms,
      idleChunkMs: 5,
      keyAtFault: false,
      keyNumber: 1,
    },
  );
});

test('offers only enabled channels of the protocol, model and group', async (t) => {
  const { upstreams } = await start(
    t,
    { state: 'disabled' },
    { protocols: ['anthropic'] },
    { models: ['other', 'constructor'], createdAt: 50 },
    { groups: ['vip'] },
  );
  assert.equal(ask(upstreams), 'unknown_model');
  assert.notEqual(ask(upstreams, [], ['nobody', 'vip']), 'unknown_model');
  assert.deepEqual(upstreams.models(['default']), [
    { id: 'constructor', protocols: ['openai'], createdAt: 50 },
    { id: 'm', protocols: ['anthropic'], createdAt: 100 },
    { id: 'other', protocols: ['openai'], createdAt: 50 },
  ]);
  assert.deepEqual(
    upstreams.models(['vip']).map(({ id }) => id),
    ['m'],
  );
});

test('priority first, then the next one, then exhausted; a channel that failed is not tried twice', async (t) => {
  const { upstreams } = await start(t, { priority: 1, sealedKeys: seal('a', 'b') }, { priority: 2 });
  const first = target(upstreams);
  assert.equal(first.channelId, 2);
  upstreams.report(first, 'connect_failed');
  const second = target(upstreams, [first]);
  assert.equal(second.channelId, 1);
  upstreams.report(second, 'server_error');
  assert.equal(ask(upstreams, [first, second]), 'exhausted');
});

test('uses the keys in turn', async (t) => {
  const { upstreams } = await start(t, { sealedKeys: seal('a', 'b', 'a', 'c') });
  const keys = [1, 2, 3, 4].map(() => target(upstreams).key);
  assert.deepEqual(keys, ['a', 'b', 'c', 'a']);
});

test('after 429 and 401 another key of the channel serves the same request, and a key in cooldown comes last', async (t) => {
  const { upstreams, clock, lines } = await start(t, { name: 'one', sealedKeys: seal('key-a', 'key-b') });
  const first = target(upstreams);
  upstreams.report(first, 'busy', 5000);
  const second = target(upstreams, [first]);
  assert.equal(second.key, 'key-b');
  upstreams.report(second, 'refused');
  assert.equal(ask(upstreams, [first, second]), 'exhausted');
  // Both keys are in cooldown. The registry still uses them, since it has no other.
  assert.deepEqual(new Set([target(upstreams).key, target(upstreams).key]), new Set(['key-a', 'key-b']));
  clock.advance(5000);
  assert.equal(target(upstreams).key, 'key-a');
  assert.equal(target(upstreams).key, 'key-a');
  clock.advance(limits.upstream_key_refused_ms);
  assert.deepEqual(new Set([target(upstreams).key, target(upstreams).key]), new Set(['key-a', 'key-b']));
  assert.match(lines.join('\n'), /refused a key of this channel/);
  assert.doesNotMatch(lines.join('\n'), /key-[ab]/);
  assert.deepEqual(upstreams.states(), [
    { channelId: 1, name: 'one', state: 'ready', failures: 0, openModels: [] },
  ]);
});

/** Picks a target and reports a failure, for the given key, model and kind. */
function fail(
  upstreams: UpstreamRegistry,
  more: Partial<Pick<TargetQuery, 'model' | 'kind' | 'keyId'>> = {},
  outcome: AttemptOutcome = 'server_error',
): void {
  const picked = ask(upstreams, [], ['default'], more);
  assert.ok(typeof picked !== 'string', `got ${picked}`);
  upstreams.report(picked, outcome);
}

const isOpen = (
  upstreams: UpstreamRegistry,
  more: Partial<Pick<TargetQuery, 'model' | 'kind' | 'keyId'>> = {},
): boolean => typeof ask(upstreams, [], ['default'], more) !== 'string';

test('opens the circuit of a channel that fails for several keys, probes it with one request, and closes it', async (t) => {
  const { upstreams, clock, lines } = await start(t, {});
  fail(upstreams, { keyId: 1 }, 'timeout');
  fail(upstreams, { keyId: 2 }, 'timeout');
  assert.equal(ask(upstreams), 'exhausted');
  assert.deepEqual(upstreams.states(), [
    { channelId: 1, name: 'channel', state: 'resting', failures: 2, openModels: ['m'] },
  ]);
  clock.advance(1000);
  const trial = target(upstreams);
  assert.equal(ask(upstreams), 'exhausted');
  upstreams.report(trial, 'ok');
  target(upstreams);
  target(upstreams);
  assert.match(lines.join('\n'), /channel rested after failures.*\n.*back in service/);
});

test('what rests of a channel is known to operators, and until when', async (t) => {
  const { upstreams, clock } = await start(t, { models: ['m', 'other'], sealedKeys: seal('key-a', 'key-b') });
  const none = {
    channelId: 1,
    state: 'ready',
    failures: 0,
    connectionUntil: null,
    models: [],
    keys: 2,
    keysResting: 0,
  };
  assert.deepEqual(upstreams.rests(), [none]);
  upstreams.report(target(upstreams), 'refused');
  assert.deepEqual(upstreams.rests(), [{ ...none, keysResting: 1 }]);
  for (const keyId of [1, 1]) fail(upstreams, { keyId });
  const until = clock.now() + 1000;
  const partly = { ...none, state: 'partly', failures: 2, keysResting: 1 };
  assert.deepEqual(upstreams.rests(), [{ ...partly, models: [{ model: 'm', forAll: false, until }] }]);
  clock.advance(400);
  for (const keyId of [1, 2]) fail(upstreams, { keyId, model: 'other' }, 'connect_failed');
  const [rests] = upstreams.rests();
  assert.deepEqual([rests?.state, rests?.connectionUntil], ['resting', clock.now() + 1000]);
});

test('failures of only one key open the circuit for that key only', async (t) => {
  const { upstreams, clock } = await start(t, {});
  for (let i = 0; i < 2; i += 1) fail(upstreams, { keyId: 1 });
  assert.equal(isOpen(upstreams, { keyId: 1 }), false);
  assert.equal(isOpen(upstreams, { keyId: 2 }), true);
  assert.equal(upstreams.states()[0]?.state, 'partly');
  // A failure of a second key counts for all keys.
  fail(upstreams, { keyId: 2 });
  assert.equal(isOpen(upstreams, { keyId: 3 }), false);
  assert.equal(upstreams.states()[0]?.state, 'resting');
  clock.advance(1000);
  assert.equal(isOpen(upstreams, { keyId: 3 }), true);
});

test('failures of one model or kind of operation do not affect the others', async (t) => {
  const { upstreams } = await start(t, { models: ['m', 'other'] });
  for (const keyId of [1, 2]) fail(upstreams, { keyId, kind: 'generate' });
  assert.equal(isOpen(upstreams), false);
  assert.equal(isOpen(upstreams, { kind: 'embed' }), true);
  assert.equal(isOpen(upstreams, { model: 'other' }), true);
  assert.deepEqual(upstreams.states(), [
    { channelId: 1, name: 'channel', state: 'partly', failures: 2, openModels: ['m'] },
  ]);
});

test('auxiliary operations do not count and pass an open circuit', async (t) => {
  const { upstreams } = await start(t, {});
  for (let keyId = 1; keyId <= 9; keyId += 1) fail(upstreams, { keyId, kind: undefined });
  assert.equal(isOpen(upstreams), true);
  for (const keyId of [1, 2]) fail(upstreams, { keyId });
  assert.equal(isOpen(upstreams), false);
  assert.equal(isOpen(upstreams, { kind: undefined }), true);
});

test('connection failures open the circuit for every model, key and kind', async (t) => {
  const { upstreams } = await start(t, { models: ['m', 'other'] });
  fail(upstreams, { keyId: 1 }, 'connect_failed');
  fail(upstreams, { keyId: 1, model: 'other' }, 'connect_failed');
  assert.equal(isOpen(upstreams, { keyId: 2, kind: 'embed' }), false);
  assert.deepEqual(upstreams.states(), [
    { channelId: 1, name: 'channel', state: 'resting', failures: 2, openModels: [] },
  ]);
});

test('a rate limit of one model does not start a cooldown of the key for other models', async (t) => {
  const { upstreams } = await start(t, { models: ['m', 'other'], sealedKeys: seal('key-a', 'key-b') });
  const first = target(upstreams);
  upstreams.report(first, 'busy', 50_000);
  const keysFor = (model: string) => {
    const picked = [1, 2].map(() => ask(upstreams, [], ['default'], { model }));
    return new Set(picked.map((each) => (typeof each === 'string' ? each : each.key)));
  };
  assert.deepEqual(keysFor('m'), new Set(['key-b']));
  assert.deepEqual(keysFor('other'), new Set(['key-a', 'key-b']));
});

test('remembers that an upstream refuses requests for usage until its channel changes', async (t) => {
  const { upstreams, setRows } = await start(t, {});
  upstreams.refusesUsage(target(upstreams));
  assert.equal(target(upstreams).asksForUsage, false);
  await setRows([{ streamUsage: false }]);
  assert.equal(target(upstreams).asksForUsage, false);
  await setRows([{}]);
  assert.equal(target(upstreams).asksForUsage, true);
});

test('passes over an upstream for an operation and model that it does not serve, until its channel changes', async (t) => {
  const { upstreams, setRows } = await start(t, { models: ['m', 'other'] });
  upstreams.lacks(target(upstreams), 'countTokens');
  assert.equal(ask(upstreams, [], ['default'], { operation: 'countTokens' }), 'exhausted');
  assert.equal(
    typeof ask(upstreams, [], ['default'], { operation: 'countTokens', model: 'other' }),
    'object',
  );
  assert.equal(typeof ask(upstreams), 'object');
  await setRows([{ models: ['m'] }]);
  assert.equal(typeof ask(upstreams, [], ['default'], { operation: 'countTokens' }), 'object');
});

test('a reload keeps unchanged channels and recreates changed ones', async (t) => {
  const { upstreams, setRows } = await start(t, { name: 'same' }, { name: 'moved' }, { name: 'gone' });
  const before = upstreams.states().map(({ channelId }) => channelId);
  assert.deepEqual(before, [1, 2, 3]);
  const tried: UpstreamTarget[] = [];
  while (tried.length < 3) {
    const next = target(upstreams, tried);
    upstreams.report(next, 'broken');
    tried.push(next);
  }
  const dispatcherOf = (id: number, among = tried) =>
    among.find(({ channelId }) => channelId === id)?.connections;

  await setRows([{ name: 'same' }, { name: 'moved', baseUrl: 'https://elsewhere.example' }]);
  assert.deepEqual(
    upstreams.states().map(({ name, failures }) => [name, failures]),
    [
      ['same', 1],
      ['moved', 0],
    ],
  );
  const after = [target(upstreams)];
  after.push(target(upstreams, after));
  assert.equal(dispatcherOf(1, after), dispatcherOf(1));
  assert.notEqual(dispatcherOf(2, after), dispatcherOf(2));

  await setRows([{ name: 'same', weight: 9 }]);
  assert.equal(target(upstreams).connections, dispatcherOf(1));
});

test('logs and omits a channel that cannot be used', async (t) => {
  const { upstreams, lines } = await start(
    t,
    { name: 'inside', baseUrl: 'http://127.0.0.1:9', priority: 9 },
    { name: 'sealed', sealedKeys: Buffer.from('not json'), priority: 8 },
    { name: 'good' },
  );
  assert.equal(target(upstreams).channelName, 'good');
  assert.equal(lines.filter((line) => line.startsWith('channel left out of service')).length, 2);
  assert.match(lines.join('\n'), /allow_private/);
});

test('installs the reload that was requested last, and a failed reload changes nothing', async (t) => {
  const answers: ((rows: readonly ChannelRow[]) => void)[] = [];
  let broken = false;
  const upstreams = createUpstreams({
    store: {
      listChannels: () => {
        if (broken) return Promise.reject(new Error('disk'));
        return new Promise((resolve) => answers.push(resolve));
      },
    },
    settings,
    openKeys: () => [],
    openProxyAuth: () => undefined,
    clock: new ManualClock(),
    random: (size) => new Uint8Array(size),
    log: { info: () => {}, warn: () => {}, error: () => {} },
    demoOrigin: () => '',
  });
  await new Promise(setImmediate);
  answers[0]?.([]);
  const registry = await upstreams;
  t.after(() => registry.close());
  const both = [registry.reload(), registry.reload()];
  await new Promise(setImmediate);
  assert.equal(answers.length, 2, 'the second read must wait for the first to be installed');
  answers[1]?.([{ ...plain, id: 1, name: 'old' }]);
  await both[0];
  await new Promise(setImmediate);
  answers[2]?.([{ ...plain, id: 1, name: 'new' }]);
  await both[1];
  assert.equal(target(registry).channelName, 'new');
  broken = true;
  await assert.rejects(registry.reload(), /disk/);
  assert.equal(target(registry).channelName, 'new');
});
