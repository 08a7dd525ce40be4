/** Every code block of the documentation is run, or read by what would read it, or says why not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { nonEmpty } from '../support/non-empty.ts';
import { type Block, blocksOf, pages } from './blocks.ts';
import { serveCommands } from './command-server.ts';
import { writeRefusedPrograms } from './refused-programs.ts';
import { runShell } from './shell.ts';

const blocks = pages.flatMap(blocksOf);
const placeOf = ({ page, line }: Block) => `${page}:${line}`;
const has = (command: string) => spawnSync(command, ['--version']).error === undefined;

/** What reads a block of a language without running it; each throws when it cannot. */
const readers: Readonly<Record<string, (block: Block) => void>> = {
  json: ({ text }) => void JSON.parse(text),
  yaml: ({ text }) => {
    const errors = parseAllDocuments(text).flatMap((document) =>
      'errors' in document ? document.errors : [],
    );
    assert.deepEqual(errors, []);
  },
  python: readPython,
};

/** Output, or a program's own configuration language; other tests read those files where they are shipped. */
const shown = new Set(['text', 'http']);

function readPython({ text }: Block): void {
  const read = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: text });
  assert.equal(read.status, 0, String(read.stderr));
}

let bin: string;
let stopCommands: () => void;
before(async () => {
  bin = mkdtempSync(join(tmpdir(), 'halley-docs-bin-'));
  writeRefusedPrograms(bin);
  stopCommands = await serveCommands(bin);
});
after(() => {
  stopCommands();
  rmSync(bin, { recursive: true });
});

test('every block names its language', () => {
  assert.deepEqual(blocks.filter(({ language }) => language === '').map(placeOf), []);
});

for (const page of pages) {
  const runnable = blocks.filter(
    (block) => block.page === page && block.language === 'sh' && block.notRun === undefined,
  );
  if (runnable.length === 0) continue;
  test(`the shell blocks of ${page} run`, {
    skip: has('curl') ? false : 'curl is not installed',
  }, async () => {
    const { code, outputs } = await runShell(runnable, bin);
    const last = runnable[outputs.length - 1];
    assert.equal(code, 0, `${last && placeOf(last)}\n${last?.text}\n${outputs.at(-1)}`);
  });
}

for (const [language, read] of Object.entries(readers)) {
  const skip = language === 'python' && !has('python3') && 'python3 is not installed';
  test(`the ${language} blocks can be read`, { skip }, () => {
    for (const block of nonEmpty(
      blocks.filter((each) => each.language === language && each.notRun === undefined),
    )) {
      assert.doesNotThrow(() => read(block), placeOf(block));
    }
  });
}

test('every other block says why it is not run', (t) => {
  const known = new Set(['sh', ...Object.keys(readers), ...shown]);
  const others = blocks.filter(({ language, notRun }) => notRun === undefined && !known.has(language));
  const languages = [...new Set(blocks.map(({ language }) => language))].map((language) => {
    const all = blocks.filter((each) => each.language === language);
    return `${language}: ${all.length - all.filter(({ notRun }) => notRun !== undefined).length} of ${all.length}`;
  });
  t.diagnostic(`blocks that are run or read, of all: ${languages.join(', ')}`);
  for (const block of blocks)
    if (block.notRun !== undefined) t.diagnostic(`${placeOf(block)} is not run: ${block.notRun}`);
  assert.deepEqual(
    others.map((block) => `${placeOf(block)} ${block.language}`),
    [],
  );
});
