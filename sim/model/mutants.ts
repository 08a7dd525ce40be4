/** Runs the model on mutants of the protocol, in each of which it must find a counterexample. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { mutate } from '../../tests/support/mutants.ts';
import { outputOf } from './child.ts';
import type { Mutant } from './mutant-list.ts';

/** @returns the number of moves to the violation; undefined when none was found */
export async function movesToCounterexample(mutant: Mutant): Promise<number | undefined> {
  const dir = mutate(['src/access', 'src/revocation', 'sim/model'], mutant.edits);
  try {
    const output = await outputOf([join(dir, 'sim/model/run.ts'), '--only', mutant.shownBy]);
    const found = /BROKEN in (\d+) moves/.exec(output)?.[1];
    if (found === undefined && !output.includes('holds')) throw new Error(`${mutant.name} does not run`);
    return found === undefined ? undefined : Number(found);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
