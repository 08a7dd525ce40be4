/** Unusual values are accepted with a warning; invalid ones are refused. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { maybeEmpty } from '../support/non-empty.ts';
import { chatAnswer } from '../support/upstream-behaviours.ts';
import { dataOf, type Reply, refusalOf, useRig } from './rig.ts';

const rig = useRig({ settings: { upstreams: { allow_private: true } } });
let upstream: FakeUpstream;
before(async () => {
  upstream = await startFakeUpstream();
});
after(() => upstream.close());

const channel = (more: object = {}) =>
  rig.call('POST', '/api/channel/', {
    body: {
      name: 'c',
      protocols: ['openai'],
      base_url: upstream.origin,
      keys: ['k'],
      models: ['m'],
      ...more,
    },
  });
const key = (body: object) => rig.call('POST', '/api/token/', { body: { unlimited_quota: true, ...body } });

function warned(reply: Reply, ...about: readonly RegExp[]): void {
  dataOf(reply);
  const warnings = (reply.json.warnings ?? []) as readonly string[];
  assert.equal(warnings.length, about.length, reply.text);
  for (const [index, each] of maybeEmpty(about.entries())) assert.match(warnings[index] ?? '', each);
}

const price = (id: string) =>
  rig.call('PUT', '/api/price', { body: { models: [{ id, input: '1', output: '1' }] } });

test('refuses a new key with an expiry in the past; on an update this revokes the key', async () => {
  const past = Math.floor(rig.clock.now() / 1000) - 1;
  refusalOf(await key({ name: 'late', expired_time: past }), 200, /expired_time/);
  const { id } = dataOf(await key({ name: 'now', expired_time: past + 100 }));
  const { status } = dataOf(await rig.call('PUT', '/api/token/', { body: { id, expired_time: past } }));
  assert.equal(status, 3);
});

test('warns about a channel without a key or price, or with a mapping of no model', async () => {
  const first = await channel({ keys: [] });
  warned(first, /no upstream key/, /no price for "m"\. Requests for them are refused/);
  dataOf(await price('m'));
  warned(await channel());
  warned(await channel({ model_mapping: { other: 'x' } }), /mapping names "other"/);
  const { id } = dataOf(first);
  // Warn only about changed fields; otherwise every change would repeat the warning.
  warned(await rig.call('PUT', '/api/channel/', { body: { id, priority: 3 } }));
  warned(await rig.call('PUT', '/api/channel/', { body: { id, models: ['m', 'n'] } }), /no price for "n"/);
});

test('warns about a key without a name, with an unknown model or with an unserved group', async () => {
  dataOf(await channel());
  warned(await key({ name: 'fine' }));
  warned(await key({}), /no name/);
  const limits = { model_limits_enabled: true, model_limits: 'm,nowhere,neither' };
  const limited = await key({ name: 'limited', ...limits });
  warned(limited, /offers "nowhere", "neither"/);
  const { id } = dataOf(limited);
  warned(await rig.call('PUT', '/api/token/', { body: { id, rpm_limit: 3 } }));
  warned(await rig.call('PUT', '/api/token/', { body: { id, model_limits: 'm,x' } }), /offers "x"/);
  dataOf(await rig.call('PUT', '/api/user/', { body: { id: 1, group: 'empty' } }));
  warned(await key({ name: 'nothing' }), /No channel serves the group "empty"/);
  dataOf(await rig.call('PUT', '/api/user/', { body: { id: 1, group: 'default' } }));
});

test('the test of a disabled channel reports that it is disabled', async () => {
  upstream.on('/v1/chat', chatAnswer());
  const { id } = dataOf(await channel());
  const { json: enabled } = await rig.call('GET', `/api/channel/test/${id}`);
  assert.deepEqual([enabled.success, enabled.warnings], [true, undefined]);
  dataOf(await rig.call('PUT', '/api/channel/', { body: { id, status: 2 } }));
  const { json: disabled } = await rig.call('GET', `/api/channel/test/${id}`);
  assert.equal(disabled.success, true);
  assert.match(String(disabled.warnings), /disabled/);
});
