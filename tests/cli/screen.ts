/** Runs the command line in this process on a simulated terminal of a given width, with scripted answers. */

import { allCommands } from '../../src/cli/all-commands.ts';
import { CliError, exitCodes } from '../../src/cli/exit-codes.ts';
import { buildProgram } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import type { Outcome } from './halley.ts';

export interface Seen {
  readonly stdout: string;
  readonly stderr: string;
  /** The questions that the command asked. */
  readonly questions: readonly string[];
  /** The error of the command. */
  readonly error: Error | undefined;
}

export interface ScreenOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly columns?: number;
  /** False means a pipe, so that the command cannot ask questions. */
  readonly interactive?: boolean;
  /** The answers of the user, in turn. */
  readonly answers?: readonly string[];
  /** Called with every printed line. */
  readonly onLine?: (line: string) => void;
  /** Returns true after the reader has closed the output. */
  readonly isClosed?: () => boolean;
}

export async function onScreen(args: readonly string[], options: ScreenOptions): Promise<Seen> {
  const { env, columns = 80, interactive = true, answers = [], onLine, isClosed = () => false } = options;
  const [out, err]: [string[], string[]] = [[], []];
  const questions: string[] = [];
  const answer = async (question: string) => {
    questions.push(question);
    const given = answers[questions.length - 1];
    if (given === undefined) throw new Error(`nobody answers: ${question}`);
    return given;
  };
  const terminal: Terminal = {
    env,
    interactive,
    color: false,
    columns,
    get closed() {
      return isClosed();
    },
    print(line) {
      out.push(line);
      onLine?.(line);
    },
    warn: (line) => void err.push(line),
    confirm: async (question) => (await answer(question)) === 'y',
    ask: answer,
    askSecret: answer,
    canAsk: interactive,
  };
  const context = { terminal, clock: systemClock, random: systemRandom, setExitCode: () => undefined };
  const program = buildProgram(context, allCommands);
  let error: Error | undefined;
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    error = thrown instanceof Error ? thrown : new Error(String(thrown));
  }
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  return { stdout: text(out), stderr: text(err), questions, error };
}

/** The same in a pipe, with the result of a process; faster than a real process. */
export async function inPipe(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const { stdout, stderr, error } = await onScreen(args, { env, interactive: false });
  const code = error instanceof CliError ? error.exitCode : error ? exitCodes.failure : exitCodes.ok;
  return { code, stdout, stderr: error ? `${stderr}halley: ${error.message}\n` : stderr };
}
