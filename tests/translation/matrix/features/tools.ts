/** Tools: loops, parallel calls and the choice among them. */
import assert from 'node:assert/strict';
import { isTranslated } from '../directions.ts';
import type { Feature } from '../feature.ts';
import { channels } from '../world.ts';

const paris = ['get_weather', { city: 'Paris' }];
const rome = ['get_weather', { city: 'Rome' }];

export const tools: readonly Feature[] = [
  {
    name: 'tools: two steps',
    async run({ begin }) {
      const talk = begin({ tools: true });
      talk.say('What is the weather in Paris?');
      const { text, ending, calls } = await talk.send();
      assert.deepEqual([text, ending], ['Let me look.', 'tool']);
      assert.deepEqual(
        calls.map(({ name, args }) => [name, args]),
        [paris],
      );
      talk.respond('sunny');
      const end = await talk.send();
      assert.match(end.text, /^It is sunny/);
      assert.equal(end.ending, 'end_turn');
    },
  },
  {
    name: 'tools: parallel',
    async run({ begin }) {
      const talk = begin({ tools: true });
      talk.say('Compare two cities');
      const { calls } = await talk.send();
      assert.deepEqual(
        calls.map(({ name, args }) => [name, args]),
        [paris, rome],
      );
      talk.respond('sunny', 'rainy');
      assert.match((await talk.send()).text, /^It is sunny, rainy/);
      talk.say('Thanks');
      assert.equal((await talk.send()).text, 'You said: Thanks');
    },
  },
  {
    name: 'tools: one at a time',
    unsaidBy: ['gemini'],
    // Gemini has no words for it; `x-halley-dropped` says so.
    exists: ({ upstream }) => upstream !== 'gemini',
    async run({ begin }) {
      const talk = begin({ tools: true });
      talk.say('Compare two cities');
      const { calls } = await talk.send({ isSerial: true });
      assert.equal(calls.length, 1);
    },
  },
  {
    name: 'tools: forced',
    async run({ begin }) {
      const talk = begin({ tools: true });
      talk.say('Hello there');
      const { ending, calls } = await talk.send({ choice: 'forced' });
      assert.equal(ending, 'tool');
      assert.deepEqual(
        calls.map(({ name, args }) => [name, args]),
        [paris],
      );
    },
  },
  {
    name: 'tools: forbidden',
    async run({ begin }) {
      const talk = begin({ tools: true });
      talk.say('What is the weather?');
      const { text, calls } = await talk.send({ choice: 'none' });
      assert.deepEqual([text, calls], ['You said: What is the weather?', []]);
    },
  },
  {
    name: 'tools: ids of servers',
    // Anthropic and Gemini make better ones, or none.
    exists: (direction) => isTranslated(direction) && ['chat', 'responses'].includes(direction.upstream),
    async run({ begin }) {
      const talk = begin({ tools: true });
      talk.say('The weather with odd ids');
      const { calls } = await talk.send();
      assert.match(calls.map(({ id }) => id).join(' '), /^[\w-]{1,64}$/);
      talk.respond('sunny');
      assert.match((await talk.send()).text, /^It is sunny/);
      // A provider that is strict about them goes on.
      talk.say('Thanks');
      const [model] = channels.messages.thinking;
      assert.equal((await talk.send({ model })).text, 'You said: Thanks');
    },
  },
  {
    name: 'structured output',
    async run({ begin }) {
      const talk = begin({ wantsSchema: true });
      talk.say('Name a city as data');
      assert.deepEqual(JSON.parse((await talk.send()).text), { city: 'Paris' });
    },
  },
];
