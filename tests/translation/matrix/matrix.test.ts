/** Every feature in every direction: official SDKs, through the gateway, to mocks that refuse what providers refuse. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { nonEmpty } from '../../support/non-empty.ts';
import { directions } from './directions.ts';
import { type Outcome, runFeature } from './feature.ts';
import { features } from './features.ts';
import { table } from './table.ts';
import { startWorld, type World } from './world.ts';

let world: World;
const outcomes = new Map<string, Outcome[]>(features.map(({ name }) => [name, []]));

before(async () => {
  world = await startWorld();
});
after(async () => {
  await world?.stop();
});

for (const feature of nonEmpty(features)) {
  for (const [at, direction] of nonEmpty(directions).entries()) {
    const { client, upstream } = direction;
    test(`${feature.name}: ${client} over ${upstream}`, async () => {
      const outcome = await runFeature(world, feature, direction);
      const row = outcomes.get(feature.name);
      assert.ok(row);
      row[at] = outcome;
    });
  }
}

const shown = (outcome: Outcome) =>
  outcome === 'unsaid' || outcome === 'absent' ? '-' : outcome.replace('refused: ', '!');

test('the matrix', (t) => {
  const legend =
    '- a side has no words for it, or there is no such operation; !field: refused with 400 that names the field';
  const words = [...outcomes].map(([name, row]) => [name, row.map(shown)] as const);
  t.diagnostic(`\n${table(new Map(words), legend)}`);
  assert.ok(nonEmpty(outcomes.values()).every((row) => row.filter(Boolean).length === directions.length));
});
