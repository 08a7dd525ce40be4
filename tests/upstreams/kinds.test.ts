/** Every kind of upstream: what reaches it of a translated conversation with tools, through a channel of that kind. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { channelKinds, effectiveOptions, type KindName, kindOf } from '../../src/upstreams/kinds/kinds.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { json } from '../support/upstream-behaviours.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

const chatCompletion = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

before(async () => {
  upstream = await startFakeUpstream();
  upstream.on('/', json(chatCompletion));
  gateway = await startGateway({ env: { HALLEY_LEDGER_UNPRICED: 'free' } });
  key = await gateway.createKey();
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

/** A request of Claude Code's shape: instructions in the middle, a tool call and its result. */
const conversation = {
  max_tokens: 100,
  system: 'Be brief.',
  messages: [
    { role: 'user', content: 'Look' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_0123456789', name: 'look', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_0123456789', content: 'seen' }] },
    { role: 'system', content: 'Speak French.' },
  ],
  tools: [{ name: 'look', input_schema: { type: 'object' } }],
};

interface ChatBody {
  readonly messages: readonly {
    readonly role: string;
    readonly content: unknown;
    readonly tool_call_id?: string;
  }[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
}

async function send(
  model: string,
): Promise<{ readonly url: string; readonly body: ChatBody; readonly auth: unknown }> {
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key.value, 'content-type': 'application/json' },
    body: JSON.stringify({ model, ...conversation }),
  });
  assert.equal(response.status, 200, await response.clone().text());
  const { url = '', headers, body } = upstream.requests.at(-1) ?? assert.fail('no request');
  return { url, body: JSON.parse(body().toString()), auth: headers.authorization };
}

/** Those whose requests have a form of their own are tested beside it. */
const chatKinds = (Object.keys(channelKinds) as KindName[]).filter(
  (kind) => channelKinds[kind].options.openai_api === 'chat' && channelKinds[kind].baseUrl !== undefined,
);

for (const kind of nonEmpty(chatKinds)) {
  test(`${kind}: a request in the words of its upstream`, async () => {
    const { baseUrl = '' } = channelKinds[kind];
    const { pathname } = new URL(baseUrl);
    const fields = { name: kind, kind, models: [`${kind}-model`], keys: [`${kind}-upstream-key`] };
    const { options: own, ...made } = dataOf(
      await gateway.call('POST', '/api/channel/', {
        body: { ...fields, base_url: upstream.origin + pathname },
      }),
    );
    assert.deepEqual([made.kind, made.protocols, own], [kind, ['openai'], {}]);
    const { url, body, auth } = await send(`${kind}-model`);
    assert.equal(url, `${pathname}/chat/completions`);
    assert.equal(auth, `Bearer ${kind}-upstream-key`);
    const { system_in_middle: role, output_limit: limit, tool_ids: ids } = channelKinds[kind].options;
    const roles = body.messages.map((message) => message.role);
    assert.deepEqual(roles, ['system', 'user', 'assistant', 'tool', role]);
    assert.match(JSON.stringify(body.messages.at(-1)), /Speak French\./);
    assert.equal(body[limit ?? 'max_completion_tokens'], 100);
    const id = body.messages.find((message) => message.role === 'tool')?.tool_call_id ?? '';
    if (ids === 'nine') assert.match(id, /^[a-zA-Z0-9]{9}$/);
    else assert.equal(id, 'toolu_0123456789');
  });
}

test('a channel may differ from its kind', async () => {
  const options = { system_in_middle: 'user', output_limit: 'max_completion_tokens' };
  await gateway.createChannel(upstream.origin, {
    kind: 'mistral',
    protocols: ['openai'],
    models: ['different'],
    options,
  });
  const { body } = await send('different');
  assert.equal(body.messages.at(-1)?.role, 'user');
  assert.equal(body.max_completion_tokens, 100);
});

test('a kind brings base URL and protocols; what it does not bring must be given', async () => {
  const create = (body: object) => gateway.call('POST', '/api/channel/', { body });
  const { protocols, base_url: url } = dataOf(
    await create({ name: 'a', kind: 'anthropic', models: ['claude'] }),
  );
  assert.deepEqual([protocols, url], [['anthropic'], 'https://api.anthropic.com']);
  const mistral = dataOf(await create({ name: 'b', kind: 'mistral', models: ['m'] }));
  assert.equal(mistral.stream_usage, false);
  const lacksKey = async (kind: KindName) => {
    const { text } = await create({ name: kind, kind, models: ['m'] });
    return text.includes('The channel has no upstream key');
  };
  assert.deepEqual([await lacksKey('mistral'), await lacksKey('ollama')], [true, false]);
  for (const [body, param] of nonEmpty([
    [{ name: 'c', models: ['m'], protocols: ['openai'] }, 'base_url'],
    [{ name: 'c', models: ['m'], kind: 'newapi' }, 'base_url'],
    [{ name: 'c', models: ['m'], base_url: 'https://a.example' }, 'protocols'],
    [{ name: 'c', models: ['m'], kind: 'unheard-of' }, 'kind'],
  ] as const)) {
    const { json: refused } = await create(body);
    assert.equal(refused?.success, false);
    assert.match(String(refused?.message), new RegExp(`"${param}"`));
  }
});

test('the list of kinds has all of them', async () => {
  const { json: listed } = await gateway.call('GET', '/api/channel/kinds');
  const kinds = ((listed?.data ?? []) as { kind: string }[]).map(({ kind }) => kind);
  assert.deepEqual(kinds, Object.keys(channelKinds));
});

test('a kind that this version does not know is a custom one', () => {
  assert.equal(kindOf('of-a-newer-version'), channelKinds.custom);
  assert.deepEqual(effectiveOptions('toString', { openai_api: 'chat' }), { openai_api: 'chat' });
});
