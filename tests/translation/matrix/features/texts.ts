/** Texts, instructions and the reasons for the end. */
import assert from 'node:assert/strict';
import { dataOf } from '../../../support/gateway.ts';
import { until } from '../../../support/until.ts';
import { usage } from '../../mocks/scene.ts';
import type { Cell, Feature } from '../feature.ts';

/** Who says instructions that stand in the middle, as the provider sees it. */
const instructor: Readonly<Record<Cell['upstream'], string>> = {
  chat: 'developer: ',
  responses: '(?:developer|system): ',
  messages: 'system: ',
  gemini: '<system>\\n',
};

async function transcriptOf(cell: Cell, system?: string): Promise<string> {
  const talk = cell.begin(system === undefined ? {} : { system });
  talk.say('Hello there');
  await talk.send();
  talk.say('The transcript please');
  return (await talk.send()).text;
}

export const texts: readonly Feature[] = [
  {
    name: 'text, usage, exact charge',
    async run({ begin, world: { gateway } }) {
      const { value: key, id } = await gateway.createKey({
        unlimited_quota: false,
        remain_quota: 100_000_000,
      });
      const talk = begin({ key });
      talk.say('Hello there');
      const seen = await talk.send();
      const text = 'You said: Hello there';
      assert.deepEqual(seen, { text, thought: '', calls: [], ending: 'end_turn', ...usage });
      const used = async () => Number(dataOf(await gateway.call('GET', `/api/token/${id}`)).used_quota);
      await until(async () => (await used()) > 0);
      // One unit a token; what is cached is part of the input.
      assert.equal(await used(), usage.input + usage.output);
    },
  },
  {
    name: 'several turns',
    async run(cell) {
      const lines = (await transcriptOf(cell)).split('\n');
      const assistant = cell.upstream === 'gemini' ? 'model' : 'assistant';
      const said = [
        'user: Hello there',
        `${assistant}: You said: Hello there`,
        'user: The transcript please',
      ];
      assert.deepEqual(lines, said);
    },
  },
  {
    name: 'system first',
    async run(cell) {
      assert.match(await transcriptOf(cell, 'Be brief.'), /^(?:system|developer): Be brief\.\nuser: Hello/);
    },
  },
  {
    name: 'instructions in the middle',
    unsaidBy: ['gemini'],
    async run({ begin, upstream }) {
      const talk = begin();
      talk.say('Hello there');
      await talk.send();
      talk.say('The transcript please');
      talk.instruct('Speak French.');
      const { text } = await talk.send();
      assert.match(text, new RegExp(`user: The transcript please\\n?${instructor[upstream]}Speak French\\.`));
    },
  },
  {
    name: 'stop sequences',
    unsaidBy: ['responses'],
    async run({ begin }) {
      const talk = begin({ stop: [' four', ' three'] });
      talk.say('Please count');
      const { text, ending } = await talk.send();
      assert.deepEqual([text, ending], ['one two', 'end_turn']);
    },
  },
  {
    name: 'length',
    async run({ begin }) {
      const talk = begin();
      talk.say('Tell a long story');
      const { text, ending } = await talk.send();
      assert.deepEqual([text, ending], ['It is cut', 'length']);
    },
  },
  {
    name: 'refusal',
    async run({ begin }) {
      const talk = begin();
      talk.say('Please refuse this');
      const { text, ending } = await talk.send();
      assert.deepEqual([text, ending], ['I cannot help with that.', 'refusal']);
      // The refusal is part of the history.
      talk.say('Why?');
      assert.equal((await talk.send()).text, 'You said: Why?');
    },
  },
];
