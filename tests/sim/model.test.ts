/**
 * Checks the promises in every state of small worlds. Also checks the model: for each guard of the protocol, a copy
 * without it must yield a counterexample.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { outputOf } from '../../sim/model/child.ts';
import { configurations } from '../../sim/model/configurations.ts';
import { mutants } from '../../sim/model/mutant-list.ts';
import { movesToCounterexample } from '../../sim/model/mutants.ts';
import { someOf } from '../support/mutants.ts';
import { nonEmpty } from '../support/non-empty.ts';

const program = join(import.meta.dirname, '../../sim/model/run.ts');

for (const { name } of nonEmpty(configurations.filter(({ isInSuite }) => isInSuite))) {
  test(`${name}: the promises hold in every state`, async () => {
    assert.match(await outputOf([program, '--only', name]), /: holds in every state\n/);
  });
}

for (const mutant of nonEmpty(someOf(mutants))) {
  test(`finds a counterexample: ${mutant.name}`, async (context) => {
    const moves = await movesToCounterexample(mutant);
    context.diagnostic(`${moves} moves`);
    assert.notEqual(moves, undefined, 'the model does not see what this breaks');
  });
}
