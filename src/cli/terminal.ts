/** The terminal as the commands see it: what is written, asked and read goes through here. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { CliError, exitCodes, usageError } from './exit-codes.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Terminal {
  readonly env: Environment;
  /** Whether standard output is a person's terminal. */
  readonly interactive: boolean;
  readonly color: boolean;
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Writes a line to standard error. */
  warn(line: string): void;
  /** Asks a yes-or-no question; only `y` and `yes` mean yes. */
  confirm(question: string): Promise<boolean>;
  /** Whether a question can be asked at all. */
  readonly canAsk: boolean;
}

export function systemTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const interactive = stdout.isTTY === true;
  return {
    env,
    interactive,
    color: interactive && !env.NO_COLOR && env.TERM !== 'dumb',
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    print: (line) => void stdout.write(`${line}\n`),
    warn: (line) => void stderr.write(`${line}\n`),
    confirm: async (question) => {
      const reader = createInterface({ input: stdin, output: stderr });
      try {
        return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
      } finally {
        reader.close();
      }
    },
  };
}

/**
 * Goes on only with `--yes` or a person's yes.
 * @throws CliError when nobody can be asked, or the answer is no
 */
export async function requireConfirmation(
  terminal: Terminal,
  yes: boolean | undefined,
  question: () => Promise<string>,
): Promise<void> {
  if (yes) return;
  if (!terminal.canAsk)
    throw usageError('This cannot be undone and nobody can be asked here. Add --yes to go ahead.');
  if (!(await terminal.confirm(await question())))
    throw new CliError(exitCodes.failure, 'Nothing was changed.');
}

/** The text of a file, or of standard input for `-`, without the newline at its end. */
export function readSecretFile(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw usageError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
