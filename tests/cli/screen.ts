/** Runs the command line in this process on a terminal that a person would sit at: of a width, with answers. */
import { CliError, exitCodes } from '../../src/cli/exit-codes.ts';
import { buildProgram } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import type { Outcome } from './halley.ts';

export interface Seen {
  readonly stdout: string;
  readonly stderr: string;
  /** The questions that were asked. */
  readonly questions: readonly string[];
  /** What the command failed with. */
  readonly error: Error | undefined;
}

export interface ScreenOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly columns?: number;
  /** False = a pipe, which nobody can be asked at. */
  readonly interactive?: boolean;
  /** What a person answers, in turn. */
  readonly answers?: readonly string[];
  /** Called with every line that is printed. */
  readonly onLine?: (line: string) => void;
  /** True from when the reader of the output has left. */
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
  const program = buildProgram(context);
  let error: Error | undefined;
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    error = thrown instanceof Error ? thrown : new Error(String(thrown));
  }
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  return { stdout: text(out), stderr: text(err), questions, error };
}

/** The same in a pipe, as the process would end: quicker than one of its own. */
export async function inPipe(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const { stdout, stderr, error } = await onScreen(args, { env, interactive: false });
  const code = error instanceof CliError ? error.exitCode : error ? exitCodes.failure : exitCodes.ok;
  return { code, stdout, stderr: error ? `${stderr}halley: ${error.message}\n` : stderr };
}
