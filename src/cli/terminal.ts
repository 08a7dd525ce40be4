/** Wraps the terminal for commands: output, questions and input. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CliError, exitCodes, usageError } from './exit-codes.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Terminal {
  readonly env: Environment;
  /** Whether standard output is a terminal. */
  readonly interactive: boolean;
  readonly color: boolean;
  /** Width in characters. */
  readonly columns: number;
  /** Whether the reader of standard output has closed it, as `head` does. */
  readonly closed: boolean;
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Writes a line to standard error. */
  warn(line: string): void;
  /** Asks a yes-or-no question; only `y` and `yes` mean yes. */
  confirm(question: string): Promise<boolean>;
  /**
   * Asks for a line.
   * @throws CliError when the user ends the input instead
   */
  ask(question: string): Promise<string>;
  /** Asks for a line without echoing the input. */
  askSecret(question: string): Promise<string>;
  /** Whether standard input is a terminal, so that the command can ask questions. */
  readonly canAsk: boolean;
}

const columnsDefault = 80;

/** @returns undefined when the input ends or the user presses Ctrl-C */
function readLine(question: string, hidden: boolean): Promise<string | undefined> {
  const { stdin, stderr } = process;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({
    input: stdin,
    output: hidden ? nowhere : stderr,
    terminal: stdin.isTTY === true,
  });
  if (hidden) stderr.write(question);
  return new Promise((resolve) => {
    reader.once('SIGINT', () => reader.close());
    reader.once('close', () => {
      if (hidden) stderr.write('\n');
      resolve(undefined);
    });
    reader.question(hidden ? '' : question, (answer) => {
      resolve(answer);
      reader.close();
    });
  });
}

async function answerTo(question: string, hidden: boolean): Promise<string> {
  const answer = await readLine(question, hidden);
  if (answer === undefined) throw new CliError(exitCodes.failure, 'Nothing was changed.');
  return answer;
}

/** @param args words of the command line; may contain `--no-color` */
export function systemTerminal(args: readonly string[] = []): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const interactive = stdout.isTTY === true;
  let closed = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed = true;
  });
  return {
    env,
    interactive,
    color: interactive && !env.NO_COLOR && env.TERM !== 'dumb' && !args.includes('--no-color'),
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    get columns() {
      return stdout.columns || Number(env.COLUMNS) || columnsDefault;
    },
    get closed() {
      return closed;
    },
    print: (line) => void stdout.write(`${line}\n`),
    warn: (line) => void stderr.write(`${line}\n`),
    confirm: async (question) =>
      /^y(es)?$/i.test(((await readLine(`${question} [y/N] `, false)) ?? '').trim()),
    ask: (question) => answerTo(question, false),
    askSecret: (question) => answerTo(question, true),
  };
}

/**
 * Continues only with `--yes` or when the user confirms.
 * @throws CliError when the user declines, or standard input is not a terminal
 */
export async function requireConfirmation(
  terminal: Terminal,
  yes: boolean | undefined,
  question: () => Promise<string>,
): Promise<void> {
  if (yes) return;
  if (!terminal.canAsk)
    throw usageError('This cannot be undone, and there is no terminal to ask on. Add --yes to go ahead.');
  if (!(await terminal.confirm(await question())))
    throw new CliError(exitCodes.failure, 'Nothing was changed.');
}

/** Reads a file, or standard input for `-`. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw usageError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Reads a file and removes the newline at its end. */
export const readSecretFile = (path: string): string => readTextFile(path).replace(/\r?\n$/, '');
