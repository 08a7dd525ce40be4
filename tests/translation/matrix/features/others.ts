/** Counting tokens, and the bytes of a protocol that is not translated. */
import assert from 'node:assert/strict';
import type { FormName } from '../../../../src/protocols/translate/form/request.ts';
import { mocks } from '../../mocks/upstream.ts';
import { countsTokens, isTranslated } from '../directions.ts';
import type { Cell, Feature } from '../feature.ts';
import { channels } from '../world.ts';

const paths: Readonly<Record<Exclude<FormName, 'gemini'>, string>> = {
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
  messages: '/v1/messages',
};

function pathOf({ client, stream }: Cell): string {
  if (client !== 'gemini') return paths[client];
  const verb = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  return `/v1beta/models/${channels.gemini.model}:${verb}`;
}

/** A body as no writer of JSON would write it. */
function bodyOf({ client, stream }: Cell): string {
  const streams = {
    ...(stream && client !== 'gemini' && { stream }),
    ...(stream && client === 'chat' && { stream_options: { include_usage: true } }),
  };
  const sound = JSON.stringify({ ...mocks[client].sound, ...streams }, undefined, '\t');
  return sound.replace(/"Hello"/, '"H\\u0065llo \\/ \\ud83d\\ude00"');
}

export const others: readonly Feature[] = [
  {
    name: 'count tokens',
    exists: countsTokens,
    // OpenAI's upstreams count for both of its APIs.
    translates: ({ client, upstream }) => client !== upstream && `${client} ${upstream}` !== 'responses chat',
    async run({ begin }) {
      const talk = begin();
      talk.say('Hello there');
      const count = await talk.count?.();
      assert.ok(Number.isInteger(count) && Number(count) > 0, `${count} tokens`);
    },
  },
  {
    name: 'bytes untouched',
    exists: (direction) => !isTranslated(direction),
    translates: () => true,
    async run(cell) {
      const { gateway, upstream, key } = cell.world;
      const body = bodyOf(cell);
      const post = async (origin: string, path: string) => {
        const response = await fetch(origin + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
          body,
        });
        assert.equal(response.status, 200);
        return response.text();
      };
      const through = await post(gateway.url, pathOf(cell));
      assert.equal(upstream.requests.at(-1)?.body().toString(), body);
      assert.equal(through, await post(upstream.origin, pathOf(cell)));
    },
  },
];
