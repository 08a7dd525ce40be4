/**
 * Copies of the code with an edit made: what a test must catch, to show that it can fail. An edit names a comment
 * `// Mutated by tests: NAME` and parts of the syntax tree after it, so that renamed files and symbols do not matter.
 */
import assert from 'node:assert/strict';
import { cpSync, globSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';

const root = join(import.meta.dirname, '../..');

/** @returns the source of a part, given as in `Edit.part` */
type SourceOf = (part: string) => string;

export interface Edit {
  /** The name in the comment. The edit is made in the first thing after it. */
  readonly mark: string;
  /** Which part of that, as fields of the syntax tree (ESTree): `argument.left`; all of it by default. */
  readonly part?: string;
  /** What takes its place. */
  readonly with: string | ((sourceOf: SourceOf) => string);
}

/**
 * Copies folders of the project and makes the edits.
 * @returns the directory of the copy, to be removed by the caller
 */
export function mutate(folders: readonly string[], edits: readonly Edit[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'halley-mutant-'));
  for (const part of [...folders, 'package.json'])
    cpSync(join(root, part), join(dir, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  const files = folders.flatMap((folder) => globSync(join(dir, folder, '**/*.ts')));
  for (const edit of edits) {
    const path = fileWith(edit.mark, files);
    writeFileSync(path, edited(readFileSync(path, 'utf8'), edit));
  }
  return dir;
}

/**
 * For the environment of a process that runs a copy: compiled code, which it shares with the other copies. They lie in
 * different places, but equally far from it by their link to the packages.
 */
export const compileCacheOf = (dir: string) => ({
  NODE_COMPILE_CACHE: join(dir, 'node_modules/.cache/compiled-copies'),
  NODE_COMPILE_CACHE_PORTABLE: '1',
});

const commentOf = (mark: string) => `// Mutated by tests: ${mark}\n`;

function fileWith(mark: string, files: readonly string[]): string {
  const comment = commentOf(mark);
  const [path, ...others] = files.filter((file) => readFileSync(file, 'utf8').includes(comment));
  assert.ok(path !== undefined && others.length === 0, `exactly one file must have the mark "${mark}"`);
  return path;
}

/** @returns the text with the edit made */
function edited(text: string, edit: Edit): string {
  const [before = '', after, ...more] = text.split(commentOf(edit.mark));
  assert.ok(after !== undefined && more.length === 0, `the mark "${edit.mark}" must be there once`);
  const marked = firstNode(parseSync('a.ts', text).program as unknown as Node, text.length - after.length);
  assert.ok(marked, `nothing follows the mark "${edit.mark}" after ${before.length} characters`);
  const sourceOf: SourceOf = (part) => {
    const { start, end } = partOf(marked, part);
    return text.slice(start, end);
  };
  const { start, end } = partOf(marked, edit.part ?? '');
  const replacement = typeof edit.with === 'string' ? edit.with : edit.with(sourceOf);
  return text.slice(0, start) + replacement + text.slice(end);
}

interface Node {
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'start' in value && 'end' in value;

/** The outermost of the nodes that begin next, from a position on. */
function firstNode(node: Node, from: number): Node | undefined {
  if (node.start >= from) return node;
  const parts = Object.values(node).flat().filter(isNode);
  const next = parts.filter(({ end }) => end > from).sort((a, b) => a.start - b.start)[0];
  return next && firstNode(next, from);
}

function partOf(node: Node, path: string): Node {
  let part: unknown = node;
  for (const field of path.split('.').filter(Boolean)) part = (part as Record<string, unknown>)?.[field];
  assert.ok(isNode(part), `there is no part "${path}"`);
  return part;
}

/** The mutants that the suite runs: every other one. `npm run test:mutants` runs all. */
export function someOf<Mutant>(mutants: readonly Mutant[]): readonly Mutant[] {
  return process.env.MUTANTS === 'all' ? mutants : mutants.filter((_, index) => index % 2 === 0);
}
