/** Images and PDFs that the user sends. */
import assert from 'node:assert/strict';
import type { Media } from '../../clients/client.ts';
import { digest } from '../../mocks/json.ts';
import type { Cell, Feature } from '../feature.ts';

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const pdf = btoa('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>');

async function shown({ begin }: Cell, ...media: readonly Media[]): Promise<string> {
  const talk = begin();
  talk.say('What is this?', ...media);
  return (await talk.send()).text;
}

export const media: readonly Feature[] = [
  {
    name: 'image',
    async run(cell) {
      const text = await shown(cell, { mediaType: 'image/png', data: png });
      assert.equal(text, `I see image/png ${digest(png)}.`);
    },
  },
  {
    name: 'image by URL',
    async run(cell) {
      const url = 'https://images.example/a.png';
      assert.equal(await shown(cell, { mediaType: 'image/png', url }), `I see ${url}.`);
    },
  },
  {
    name: 'PDF',
    async run(cell) {
      const text = await shown(cell, { mediaType: 'application/pdf', data: pdf });
      assert.equal(text, `I see application/pdf ${digest(pdf)}.`);
    },
  },
  {
    name: 'image of a tool',
    unsaidBy: ['chat'],
    async run({ begin }) {
      const talk = begin({ tools: true });
      talk.say('What is the weather in Paris?');
      await talk.send();
      talk.respondWith?.({ mediaType: 'image/png', data: png });
      const { text } = await talk.send();
      assert.ok(text.includes(`image/png ${digest(png)}`), text);
    },
  },
];
