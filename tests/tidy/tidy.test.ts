/** Style as a test: the order of the rooms, the form of files, and nothing lying around unused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idleAssertions } from './assertions.ts';
import {
  defaultExports,
  longFunctions,
  looseEnds,
  machinePaths,
  tooLong,
  withoutDocComment,
} from './form.ts';
import { againstTheOrder, ownClock, sqlInRelay, undiciInManagement, worldInPureRoom } from './rooms.ts';
import { documentsIn, isTest, type SourceFile, sourcesIn } from './source.ts';
import { retiredInNames, retiredInText } from './vocabulary.ts';
import { deadFiles, unraisedErrors, unusedLimits } from './whole.ts';

const everything = sourcesIn('src', 'tests', 'bench', 'docs', 'sim');
const documents = documentsIn('.', 'docs', 'docs/decisions', 'deploy');
const product = everything.filter((file) => file.path.startsWith('src/') && !isTest(file));
const within = (...prefixes: readonly string[]) =>
  product.filter(({ path }) => prefixes.some((prefix) => path.startsWith(prefix)));

interface Rule {
  readonly name: string;
  readonly files: readonly SourceFile[];
  readonly find: (file: SourceFile) => string[];
  /** Offends, so that the rule is seen to work. */
  readonly offender: SourceFile;
}

const rules: readonly Rule[] = [
  {
    name: 'a room imports from lower rooms only',
    files: product,
    find: againstTheOrder,
    offender: { path: 'src/access/a.ts', text: "import type {\n  B,\n} from '../ledger/b.ts';\n" },
  },
  {
    name: 'relay never sees SQL',
    files: within('src/relay/'),
    find: sqlInRelay,
    offender: { path: 'src/relay/a.ts', text: "import { B } from '../store/sqlite/b.ts';\n" },
  },
  {
    name: 'management never sees undici',
    files: within('src/management/'),
    find: undiciInManagement,
    offender: { path: 'src/management/a.ts', text: "import { Pool } from 'undici';\n" },
  },
  {
    name: 'domain, protocols and operations are pure',
    files: within('src/domain/', 'src/protocols/', 'src/operations/'),
    find: worldInPureRoom,
    offender: { path: 'src/domain/a.ts', text: "import { readFileSync } from 'node:fs';\n" },
  },
  {
    name: 'time and randomness come in through platform/ alone',
    files: product.filter(({ path }) => !path.startsWith('src/platform/')),
    find: ownClock,
    offender: { path: 'src/relay/a.ts', text: 'const now = Date.now();\n' },
  },
  {
    name: 'a file is not longer than one can take in',
    files: everything,
    find: tooLong,
    offender: { path: 'src/a.ts', text: 'x();\n'.repeat(500) },
  },
  {
    name: 'a function is not longer than one can take in',
    files: everything.filter((file) => !isTest(file)),
    find: longFunctions,
    offender: { path: 'src/a.ts', text: `  async go(a: A): Promise<B> {\n${'    x();\n'.repeat(90)}  }\n` },
  },
  {
    name: 'a file opens with what it is for',
    files: everything.filter(({ path }) => !path.endsWith('.test.ts')),
    find: withoutDocComment,
    offender: { path: 'src/a.ts', text: "import { a } from './a.ts';\n" },
  },
  {
    name: 'nothing is left to be done',
    files: everything,
    find: looseEnds,
    offender: { path: 'src/a.ts', text: `// ${'TO'}DO: later\n` },
  },
  {
    name: 'no assertion stands in a loop that may run over nothing',
    files: everything.filter(isTest),
    find: idleAssertions,
    offender: { path: 'tests/a.test.ts', text: 'for (const item of list()) assert.ok(item);\n' },
  },
  {
    name: 'there are no default exports',
    files: everything,
    find: defaultExports,
    offender: { path: 'src/a.ts', text: 'export default 1;\n' },
  },
  {
    name: 'no file names a path of one machine',
    files: everything,
    find: machinePaths,
    offender: { path: 'src/a.ts', text: `const file = '/${'home'}/someone/file';\n` },
  },
  {
    name: 'no name has a retired word: docs/glossary.md has the present ones',
    files: everything,
    find: retiredInNames,
    offender: { path: 'src/a.ts', text: 'export class KeyMemory {}\n' },
  },
  {
    name: 'no document has a retired phrase: docs/glossary.md has the present ones',
    files: documents,
    find: retiredInText,
    offender: { path: 'docs/a.md', text: 'Whoever waits is told.\n' },
  },
];

for (const { name, files, find, offender } of rules) {
  test(name, () => {
    assert.notEqual(find(offender).length, 0, 'the rule does not see an offence');
    const offences = files.flatMap(find);
    assert.equal(offences.length, 0, `\n${offences.join('\n')}\n`);
  });
}

const isEntry = (path: string) =>
  path === 'src/cli/halley.ts' || path === 'src/main.ts' || /^(?:bench|docs)\//.test(path);

test('every file of src/ is reached from an entry point', () => {
  const stray = { path: 'src/stray.ts', text: '' };
  assert.ok(deadFiles([...everything, stray], isEntry).some((text) => text.startsWith(stray.path)));
  assert.deepEqual(deadFiles(everything, isEntry), []);
});

test('every limit is enforced somewhere', () => {
  assert.notEqual(unusedLimits([]).length, 0);
  assert.deepEqual(unusedLimits(everything), []);
});

test('every error of the catalogue is raised somewhere', () => {
  assert.notEqual(unraisedErrors([]).length, 0);
  assert.deepEqual(unraisedErrors(everything), []);
});
