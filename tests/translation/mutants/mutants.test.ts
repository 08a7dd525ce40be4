/** Shows that the matrix can fail, by some of the faults that `npm run test:translation-mutants` makes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../support/non-empty.ts';
import { features } from '../matrix/features.ts';
import { trialsOf } from './kill.ts';
import { mutants } from './mutants.ts';

test('there is a mutant for each feature', () => {
  const revealed = new Set(mutants.flatMap(({ features: names }) => names));
  assert.deepEqual(
    features.map(({ name }) => name).filter((name) => !revealed.has(name)),
    [],
  );
});

const sample = ['thoughts are not carried back', 'a failed response ends cleanly', 'bytes are written anew'];

for (const mutant of nonEmpty(mutants.filter(({ name }) => sample.includes(name)))) {
  test(`revealed in every direction: ${mutant.name}`, async () => {
    const survivors = nonEmpty(await trialsOf(mutant)).filter(({ isKilled }) => !isKilled);
    assert.deepEqual(survivors, []);
  });
}
