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

test('the matrix', (t) => {
  t.diagnostic(`\n${table(outcomes)}`);
  assert.ok(nonEmpty(outcomes.values()).every((row) => row.filter(Boolean).length === directions.length));
});
