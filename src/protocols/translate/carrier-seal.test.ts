/** What clients carry for providers: nobody else's, to no other provider, and to no account that cannot read it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { limits } from '../../platform/limits.ts';
import type { JsonObject } from '../protocol.ts';
import { upstreamName } from './carrier-seal.ts';
import type { CarrierSeal } from './parts.ts';
import { exchange } from './test-translation.ts';

const key = 'key-of-the-server';
const upstream = upstreamName(key, 'https://api.example', 'sk-1');
const seal: CarrierSeal = { keys: [key], owner: '7', upstream };
const hello = { role: 'user', content: 'Hello' };
const go = { role: 'user', content: 'Go on' };

/** A response of each provider that carries something, and where the next request to it has it. */
const providers = {
  responses: {
    response: (blob: string) => ({
      object: 'response',
      status: 'completed',
      output: [
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: blob },
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
        },
      ],
    }),
    sent: ({ input }: JsonObject) =>
      (input as readonly JsonObject[]).find(({ type }) => type === 'reasoning')?.encrypted_content,
  },
  messages: {
    response: (signature: string) => ({
      content: [
        { type: 'thinking', thinking: 'Hm.', signature },
        { type: 'text', text: 'Hi' },
      ],
      stop_reason: 'end_turn',
    }),
    sent: ({ messages }: JsonObject) => {
      const [, said] = messages as readonly { readonly content: readonly JsonObject[] }[];
      return said?.content[0]?.signature;
    },
  },
  gemini: {
    response: (thoughtSignature: string) => ({
      candidates: [
        { content: { parts: [{ text: 'Hi' }, { text: '', thoughtSignature }] }, finishReason: 'STOP' },
      ],
    }),
    sent: ({ contents }: JsonObject) => {
      const [, said] = contents as readonly { readonly parts: readonly JsonObject[] }[];
      return said?.parts.find(({ thoughtSignature }) => thoughtSignature)?.thoughtSignature;
    },
  },
} as const;
type Name = keyof typeof providers;

/** Two turns of a chat client: what the upstream gets in the second one of what its first response carried. */
function carry(
  from: Name,
  {
    to = from,
    blob = 'YmxvYg==',
    change = (text: string) => text,
    next = seal,
  }: { to?: Name; blob?: string; change?: (text: string) => string; next?: CarrierSeal } = {},
) {
  const first = exchange('chat', from, { model: 'm', messages: [hello] }, { seal });
  const { message } = first.json(providers[from].response(blob)).choices[0];
  const said = JSON.parse(change(JSON.stringify(message)));
  const second = exchange('chat', to, { model: 'm', messages: [hello, said, go] }, { seal: next });
  return { sent: providers[to].sent(second.body), dropped: second.dropped, said: JSON.stringify(said) };
}

const names = ['responses', 'messages', 'gemini'] as const;
const others = { ...seal, upstream: upstreamName(key, 'https://api.example', 'sk-2') };

describe('what a client of another protocol carries', () => {
  for (const name of nonEmpty(names)) {
    it(`comes back to ${name}, also sealed under a former server secret`, () => {
      assert.deepEqual([carry(name).sent, carry(name).dropped], ['YmxvYg==', []]);
      assert.equal(carry(name, { next: { ...seal, keys: ['newer', key] } }).sent, 'YmxvYg==');
    });

    it(`does not come back to ${name} from another account, with a seal that was changed, or under another secret`, () => {
      const refused = [
        { next: { ...seal, owner: '8' } },
        { next: { ...seal, keys: ['other'] as const } },
        { change: (text: string) => text.replace('YmxvYg==', 'YmxvYh==') },
        { change: (text: string) => text.replace(/(halley2\.\w+\.)[\w-]+/, '$1') },
        { change: (text: string) => text.replace(/(halley2\.\w+\.[\w-]{32})[\w-]/, '$1') },
      ];
      for (const how of nonEmpty(refused)) {
        const { sent, dropped, said } = carry(name, how);
        assert.match(said, /halley2\./);
        assert.deepEqual([sent, dropped], [undefined, ['reasoning']]);
      }
    });

    it(`of ${name} goes to no other provider`, () => {
      for (const to of nonEmpty(names)) {
        if (to !== name) assert.equal(carry(name, { to }).sent, undefined);
      }
    });

    it(`of ${name} that is too long is not carried`, () => {
      const blob = (chars: number) => 'A'.repeat(chars);
      // OpenAI's has the id of its item beside it.
      const most = limits.carried_chars_max - (name === 'responses' ? 'rs_1|'.length : 0);
      assert.equal(carry(name, { blob: blob(most) }).sent, blob(most));
      const long = carry(name, { blob: blob(most + 1) });
      assert.deepEqual([long.sent, long.said.includes('halley2')], [undefined, false]);
    });
  }

  it("of OpenAI goes only to the account that made it; others' models read theirs anywhere", () => {
    assert.deepEqual(
      [carry('responses', { next: others }).sent, carry('responses', { next: others }).dropped],
      [undefined, ['reasoning']],
    );
    assert.equal(carry('messages', { next: others }).sent, 'YmxvYg==');
    assert.equal(carry('gemini', { next: others }).sent, 'YmxvYg==');
  });

  it('says nothing of the credential of the channel', () => {
    assert.notEqual(upstream, others.upstream);
    assert.ok(!carry('responses').said.includes('sk-1'));
    assert.notEqual(upstreamName('other server', 'https://api.example', 'sk-1'), upstream);
  });

  it('of a gateway behind this one comes back to that one as it was', () => {
    const theirs = 'halley2.anthropic.c2VhbA.c2ln';
    assert.equal(carry('responses', { blob: theirs }).sent, theirs);
    assert.equal(carry('gemini', { blob: theirs }).sent, theirs);
  });
});

it('what stood bare in the own field of a client goes back to its provider', () => {
  const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' };
  const assistant = { role: 'assistant', content: [thinking, { type: 'text', text: 'Hi' }] };
  const body = { model: 'm', max_tokens: 9, messages: [hello, assistant, go] };
  const { body: sent, dropped } = exchange('messages', 'messages', body, { seal });
  assert.equal(providers.messages.sent(sent), 'c2ln');
  assert.deepEqual(dropped, []);
});
