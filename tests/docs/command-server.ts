/**
 * Runs `halley` for shells of this test: the command itself, in this process, since a process for each of some hundred
 * commands would take minutes.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { allCommands } from '../../src/cli/all-commands.ts';
import type { Context } from '../../src/cli/context.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { buildProgram } from '../../src/cli/program.ts';
import type { Environment, Terminal } from '../../src/cli/terminal.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { root } from './blocks.ts';

interface Call {
  readonly args: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
}

interface Result {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** What serves and what asks needs a process of its own; so does what follows, and what has a standard input. */
const ownProcess = new Set(['serve', 'supervise', 'init', 'login', 'completion']);

const client = (socket: string) => `#!${process.execPath}
const { fstatSync } = require('node:fs');
const { connect } = require('node:net');
const args = process.argv.slice(2);
const alone = ${JSON.stringify([...ownProcess])};
const input = fstatSync(0);
if (alone.includes(args[0]) || args.includes('--follow') || input.isFIFO() || input.isFile()) {
  // In its place, so that signals and $! are those of the command.
  process.execve(${JSON.stringify(process.execPath)}, [${JSON.stringify(process.execPath)}, ${JSON.stringify(join(root, 'src/cli/halley.ts'))}, ...args], process.env);
}
let answer = '';
const socket = connect(${JSON.stringify(socket)});
socket.end(JSON.stringify({ args, env: process.env, cwd: process.cwd() }));
socket.on('data', (data) => (answer += data));
socket.on('end', () => {
  const { out, err, code } = JSON.parse(answer);
  process.stdout.write(out);
  process.stderr.write(err);
  process.exitCode = code;
});
`;

async function run({ args, env, cwd }: Call): Promise<Result> {
  const [out, err]: [string[], string[]] = [[], []];
  let code: number = exitCodes.ok;
  const terminal: Terminal = {
    env,
    interactive: false,
    color: false,
    columns: 80,
    closed: false,
    print: (line) => void out.push(line),
    warn: (line) => void err.push(line),
    confirm: async () => false,
    ask: async (question) => assertNobodyAsked(question),
    askSecret: async (question) => assertNobodyAsked(question),
    canAsk: false,
  };
  const context: Context = {
    terminal,
    clock: systemClock,
    random: systemRandom,
    setExitCode: (given) => {
      code = given;
    },
  };
  const program = buildProgram(context, allCommands);
  program.configureOutput({
    writeOut: (text) => out.push(text.trimEnd()),
    writeErr: (text) => err.push(text),
  });
  const here = process.cwd();
  process.chdir(cwd);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    code = codeOf(error);
    if (!(error instanceof CommanderError))
      err.push(`halley: ${error instanceof Error ? error.message : error}`);
  } finally {
    process.chdir(here);
  }
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  return { out: text(out), err: text(err), code };
}

/** As the entry point does. */
function codeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const own = error instanceof Error && 'exitCode' in error ? error.exitCode : undefined;
  return typeof own === 'number' ? own : exitCodes.failure;
}

function assertNobodyAsked(question: string): never {
  throw new Error(`nobody answers: ${question}`);
}

/**
 * Writes an executable `halley` into `directory`.
 * @returns what ends the server
 */
export async function serveCommands(directory: string): Promise<() => void> {
  const socket = join(directory, 'halley.sock');
  // The directory of a command is that of the whole process, so that they run one after the other.
  let last: Promise<unknown> = Promise.resolve();
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    let call = '';
    connection.on('data', (data) => {
      call += data;
    });
    connection.on('end', async () => {
      const result = last.then(() => run(JSON.parse(call) as Call));
      last = result;
      connection.end(JSON.stringify(await result));
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const path = join(directory, 'halley');
  writeFileSync(path, client(socket));
  chmodSync(path, 0o755);
  return () => void server.close();
}
