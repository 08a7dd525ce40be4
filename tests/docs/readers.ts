/** What reads a block of the documentation without running it, by its language. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCsvDirectory } from '../../src/imports/csv/read.ts';
import { maybeEmpty, nonEmpty } from '../support/non-empty.ts';
import { type Block, root } from './blocks.ts';
import { proxyLanguages, readerOf, readProxyBlock } from './proxy-blocks.ts';
import { readYaml } from './yaml-kinds.ts';

interface Reader {
  /** Throws when the program that the block is for would refuse it. */
  readonly read: (block: Block) => void | Promise<void>;
  /** What a block is not read by here, since it is not installed. */
  readonly missing?: () => string | undefined;
}

const isInstalled = (command: string) => spawnSync(command, ['--version']).error === undefined;
const missing = (command: string) => () => (isInstalled(command) ? undefined : `${command} is not installed`);

function inDirectory(name: string, text: string, use: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'halley-docs-read-'));
  try {
    writeFileSync(join(directory, name), text);
    use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Sections of units, or settings of PostgreSQL. */
function readIni({ text }: Block): void {
  const line = /^(?:\s*|[#;].*|\[[A-Z]\w*\]|[A-Za-z_]\w*\s*=\s*\S.*)$/;
  for (const each of nonEmpty(text.split('\n'))) assert.match(each, line);
}

/** A change as `npm run release:check` accepts it. */
const changeset = /^---\n"halley": (?:patch|minor|major)\n---\n\n\S/;

const sources = globSync('src/**/*.ts', { cwd: root });

/** Metrics are those of the code; promtool reads the whole query. */
function readPromql({ text }: Block): void {
  const code = sources.map((path) => readFileSync(join(root, path), 'utf8')).join('\n');
  for (const [metric] of nonEmpty([...text.matchAll(/\bhalley_\w+/g)]))
    assert.ok(code.includes(`'${metric}'`), metric);
  if (!isInstalled('promtool')) return;
  const rule = { groups: [{ name: 'page', rules: [{ record: 'page:query', expr: text }] }] };
  inDirectory('rules.yaml', JSON.stringify(rule), (directory) => {
    const { status, stdout, stderr } = spawnSync(
      'promtool',
      ['check', 'rules', join(directory, 'rules.yaml')],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(status, 0, stdout + stderr);
  });
}

export const readers: Readonly<Record<string, Reader>> = {
  json: { read: ({ text }) => void JSON.parse(text) },
  jsonl: {
    read: ({ text }) => {
      for (const line of nonEmpty(text.trimEnd().split('\n'))) JSON.parse(line);
    },
  },
  yaml: { read: async ({ text }) => void (await readYaml(text)) },
  ini: { read: readIni },
  csv: { read: ({ text }) => inDirectory('keys.csv', text, (directory) => void readCsvDirectory(directory)) },
  markdown: { read: ({ text }) => assert.match(text, changeset) },
  promql: { read: readPromql, missing: missing('promtool') },
  ...Object.fromEntries(
    Object.entries(proxyLanguages).map(([language, program]): [string, Reader] => [
      language,
      {
        read: ({ text }) => readProxyBlock(language, text),
        missing: () => (readerOf(language) ? undefined : `${program} is not installed`),
      },
    ]),
  ),
};

const parse = `import ast, json, sys
for place, text in json.load(sys.stdin):
    try: ast.parse(text)
    except SyntaxError as error: print(place, error)`;

/** Reads all of them in one process of Python. */
export function readPython(blocks: readonly Block[]): void {
  const input = JSON.stringify(maybeEmpty(blocks).map(({ page, line, text }) => [`${page}:${line}`, text]));
  const { status, stdout, stderr } = spawnSync('python3', ['-c', parse], { input, encoding: 'utf8' });
  assert.deepEqual([status, stdout], [0, ''], stderr);
}
