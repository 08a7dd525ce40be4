/** The protocol with one guard taken out, each time another: what the model must find a counterexample against. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { outputOf } from './child.ts';
import type { Mutant } from './mutant-list.ts';

const root = join(import.meta.dirname, '../..');

/** @returns how many moves lead to what is wrong; undefined = nothing was found */
export async function movesToCounterexample(mutant: Mutant): Promise<number | undefined> {
  const dir = copyWith(mutant);
  try {
    const output = await outputOf([join(dir, 'sim/model/run.ts'), '--only', mutant.shownBy]);
    const found = /BROKEN in (\d+) moves/.exec(output)?.[1];
    if (found === undefined && !output.includes('holds')) throw new Error(`${mutant.name} does not run`);
    return found === undefined ? undefined : Number(found);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function copyWith({ name, edits }: Mutant): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-model-'));
  mkdirSync(join(dir, 'sim'));
  for (const part of ['src/revocation', 'sim/model', 'package.json']) {
    cpSync(join(root, part), join(dir, part), { recursive: true });
  }
  for (const { file, find, replace } of edits) {
    const parts = readFileSync(join(dir, file), 'utf8').split(find);
    if (parts.length !== 2) throw new Error(`"${name}" must fit exactly one place of ${file}`);
    writeFileSync(join(dir, file), parts.join(replace));
  }
  return dir;
}
