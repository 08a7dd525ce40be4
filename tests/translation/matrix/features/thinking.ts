/** Reasoning: asked for, shown, and carried back to the provider that made it, and to no other. */
import assert from 'node:assert/strict';
import { nonEmpty } from '../../../support/non-empty.ts';
import type { Cell, Feature } from '../feature.ts';
import { channels } from '../world.ts';

const thought = 'The user wants to know the weather.';

async function beginLoop({ begin }: Cell, model: string) {
  const talk = begin({ model, tools: true, thinks: true });
  talk.say('What is the weather in Paris?');
  const { thought, calls } = await talk.send();
  assert.equal(calls.length, 1);
  talk.respond('sunny');
  return { talk, thought };
}

export const thinking: readonly Feature[] = [
  {
    name: 'thinking is shown',
    async run({ begin, upstream }) {
      for (const model of nonEmpty(channels[upstream].thinking)) {
        const talk = begin({ model, thinks: true });
        talk.say('Hello there');
        const seen = await talk.send();
        assert.deepEqual([seen.thought, seen.text], ['A greeting.', 'I thought of this: Hello there']);
        talk.say('And again');
        assert.equal((await talk.send()).text, 'I thought of this: And again');
      }
    },
  },
  {
    name: 'thinking over two turns',
    async run(cell) {
      for (const model of nonEmpty(channels[cell.upstream].thinking)) {
        const loop = await beginLoop(cell, model);
        assert.equal(loop.thought, thought, model);
        assert.equal((await loop.talk.send()).text, 'It is sunny, as I thought.', model);
        loop.talk.say('Thanks');
        assert.equal((await loop.talk.send()).text, 'I thought of this: Thanks', model);
      }
    },
  },
  {
    name: 'then models of all others',
    async run(cell) {
      for (const [other, { thinking }] of nonEmpty(Object.entries(channels))) {
        const [model] = thinking;
        if (other === cell.upstream) continue;
        const { talk } = await beginLoop(cell, channels[cell.upstream].thinking[0]);
        await talk.send();
        talk.say('Thanks');
        assert.equal((await talk.send({ model })).text, 'I thought of this: Thanks', model);
        talk.say('Bye');
        assert.equal((await talk.send()).text, 'I thought of this: Bye', `after ${model}`);
      }
    },
  },
];
