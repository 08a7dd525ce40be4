/** Completion in the shells themselves. Skips shells that are not installed, with a message. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';

const entry = join(import.meta.dirname, '../../src/cli/halley.ts');
const dir = mkdtempSync(join(tmpdir(), 'halley-completion-'));
after(() => rmSync(dir, { recursive: true }));
writeFileSync(join(dir, 'prices of mine.csv'), '');

const script = (shell: string) =>
  execFileSync(process.execPath, [entry, 'completion', shell], { encoding: 'utf8' });

/** The words typed so far, of which the last is incomplete, and the offered completions. */
const cases: readonly (readonly [string[], string[]])[] = [
  [['k'], ['keys']],
  [
    ['keys', ''],
    ['list', 'stats', 'models', 'show', 'create', 'update', 'delete', 'deleted', 'find', 'disable', 'enable'],
  ],
  [
    ['keys', 'list', '--page'],
    ['--page', '--page-size'],
  ],
  [
    ['keys', 'create', 'x', '--budget-period', ''],
    ['daily', 'weekly', 'monthly'],
  ],
  [['users', 'create', '--role', 'a'], ['admin']],
  [['logs', '--type', 'e'], ['error']],
  [['help', 'keys', 'cr'], ['create']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['keys', 'list', '--search', ''], []],
  [['prices', 'import', 'pri'], ['prices of mine.csv']],
];

function skips(t: TestContext, shell: string): boolean {
  if (!spawnSync(shell, ['-c', 'true']).error) return false;
  t.skip(`SKIPPED: there is no ${shell} on this machine, so its completion was not tried`);
  return true;
}

const sorted = (words: readonly string[]) => [...words].sort();

function assertOffered(offer: (words: readonly string[]) => string[], left: readonly string[] = []): void {
  for (const [words, expected] of cases) {
    if (left.includes(words.at(-1) ?? '')) continue;
    assert.deepEqual(sorted(offer(words)), sorted(expected), words.join(' '));
  }
}

const output = (command: string, args: string[]): string[] =>
  execFileSync(command, args, { encoding: 'utf8', cwd: dir }).split('\n').filter(Boolean);

test('bash completes commands, flags, values and files', (t) => {
  if (skips(t, 'bash')) return;
  const file = join(dir, 'halley.bash');
  writeFileSync(file, script('bash'));
  const run = `source "$0"; COMP_WORDS=(halley "$@"); COMP_CWORD=$#; _halley; printf '%s\\n' "\${COMPREPLY[@]}"`;
  assertOffered((words) => output('bash', ['-c', run, file, ...words]));
  const afterEquals = output('bash', ['-c', run, file, 'keys', 'create', '--budget-period', '=', 'w']);
  assert.deepEqual(afterEquals, ['weekly']);
});

test('zsh completes commands, flags and values', (t) => {
  if (skips(t, 'zsh')) return;
  const file = join(dir, 'halley.zsh');
  writeFileSync(file, script('zsh'));
  // Replaces zsh's own processing: prints the candidates that start with the word.
  const run = `compdef() { : }
    offer() { local each; for each in "$@"; do [[ "$each" == "$prefix"* ]] && print -r -- "$each"; done }
    compadd() { shift; offer "$@" }
    _files() { offer *(N) }
    _describe() { local -a names; names=("\${(@P)2}"); offer "\${names[@]%%:*}" }
    source $1; shift
    words=(halley "$@"); CURRENT=$#words; prefix="\${words[-1]}"; _halley || true`;
  assertOffered((words) => output('zsh', ['-f', '-c', run, 'zsh', file, ...words]));
});

test('fish completes commands, flags and values', (t) => {
  if (skips(t, 'fish')) return;
  const file = join(dir, 'halley.fish');
  writeFileSync(file, script('fish'));
  const run = 'source $argv[1]; complete -C $argv[2]';
  const offer = (words: readonly string[]) =>
    output('fish', ['--no-config', '-c', run, file, `halley ${words.join(' ')}`]).map(
      (line) => line.split('\t')[0] ?? '',
    );
  assertOffered(offer);
});
