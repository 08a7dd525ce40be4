/** Copies of the code with an edit made: what a test must catch, to show that it can fail. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nonEmpty } from './non-empty.ts';

const root = join(import.meta.dirname, '../..');

export interface Edit {
  /** From the root of the project. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/**
 * Copies folders of the project and makes the edits, each of which must fit exactly one place.
 * @returns the directory of the copy, to be removed by the caller
 */
export function mutate(folders: readonly string[], edits: readonly Edit[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-mutant-'));
  for (const part of [...folders, 'package.json'])
    cpSync(join(root, part), join(dir, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  for (const { file, find, replace } of nonEmpty(edits)) {
    const path = join(dir, file);
    const parts = readFileSync(path, 'utf8').split(find);
    assert.equal(parts.length, 2, `the edit of ${file} must fit exactly one place`);
    writeFileSync(path, parts.join(replace));
  }
  return dir;
}
