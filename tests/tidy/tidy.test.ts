/** What no linter can state; the order of rooms and the like are in `npm run lint`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idleAssertions } from './assertions.ts';
import { cataloguesOf, incompleteLanguages, untranslatedChinese, unusedMessages } from './catalogues.ts';
import { fixedTexts, unsharedParts } from './console.ts';
import { looseEnds, machinePaths, pretenuredFunctions, withoutDocComment } from './form.ts';
import { documentsIn, isTest, root, type SourceFile, sourcesIn } from './source.ts';
import { retiredInNames, retiredInText } from './vocabulary.ts';
import { unraisedErrors, unusedLimits } from './whole.ts';

const server = sourcesIn('src', 'tests', 'bench', 'docs', 'sim', 'deploy', 'site');
const pages = sourcesIn('console');
const everything = [...server, ...pages];
const documents = documentsIn(
  '.',
  'docs/tutorial',
  'docs/guides',
  'docs/reference',
  'docs/explanation',
  'docs/decisions',
  'deploy',
);

interface Rule {
  readonly name: string;
  readonly files: readonly SourceFile[];
  readonly find: (file: SourceFile) => string[];
  /** Offends, so that the rule is seen to work. */
  readonly offender: SourceFile;
}

const rules: readonly Rule[] = [
  {
    name: 'a file opens with what it is for',
    files: everything.filter(({ path }) => !path.endsWith('.test.ts')),
    find: withoutDocComment,
    offender: { path: 'src/a.ts', text: "import { a } from './a.ts';\n" },
  },
  {
    name: 'no function is written into a property: V8 would make it in the old generation (docs/decisions/0038)',
    files: server.filter(({ path }) => path.startsWith('src/') && !isTest({ path, text: '' })),
    find: pretenuredFunctions,
    offender: { path: 'src/a.ts', text: 'this.#run = () => {\n};\n' },
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
    name: 'no file names a path of one machine',
    files: everything,
    find: machinePaths,
    offender: { path: 'src/a.ts', text: `const file = '/${'home'}/someone/file';\n` },
  },
  {
    name: 'no name has a retired word: docs/reference/glossary.md has the present ones',
    files: everything,
    find: retiredInNames,
    offender: { path: 'src/a.ts', text: 'export class KeyMemory {}\n' },
  },
  {
    name: 'every text of the console is in the catalogues',
    files: pages,
    find: fixedTexts,
    offender: {
      path: 'console/a.tsx',
      text: '/** A. */\nexport const a = <p title="Some text">More text</p>;\n',
    },
  },
  {
    name: 'the console formats, copies and draws through its own parts only',
    files: pages.filter(({ path }) => !path.startsWith('console/build/')),
    find: unsharedParts,
    offender: { path: 'console/pages/a.ts', text: 'const text = (1.5).toFixed(2);\n' },
  },
  {
    name: 'no document has a retired phrase: docs/reference/glossary.md has the present ones',
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

test('every limit is enforced somewhere', () => {
  assert.notEqual(unusedLimits([]).length, 0);
  assert.deepEqual(unusedLimits(everything), []);
});

test('every error of the catalogue is raised somewhere', () => {
  assert.notEqual(unraisedErrors([]).length, 0);
  assert.deepEqual(unraisedErrors(everything), []);
});

test('every language of the console has every message, with the same parameters', () => {
  const catalogues = cataloguesOf(root);
  assert.deepEqual(incompleteLanguages(catalogues), []);
  const broken = {
    ...catalogues,
    xx: { common: { ...catalogues.en?.common, retry: 'no {such} parameter' } },
  };
  assert.notEqual(incompleteLanguages(broken).length, 0);
});

test('every Chinese text is Chinese', () => {
  assert.deepEqual(untranslatedChinese(cataloguesOf(root)), []);
  assert.notEqual(untranslatedChinese({ 'zh-CN': { common: { retry: 'Reintentar' } } }).length, 0);
});

test('every message of the console is used', () => {
  const catalogues = cataloguesOf(root);
  assert.deepEqual(unusedMessages(catalogues, pages), []);
  assert.notEqual(unusedMessages({ en: { common: { noSuchMessage: 'text' } } }, pages).length, 0);
});
