/** Entry point of the command line: runs one command and exits with its exit code. */
import { CommanderError } from 'commander';
import { systemClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { systemRandom } from '../platform/random.ts';
import { redactText } from '../platform/redact.ts';
import type { Context } from './context.ts';
import { visible } from './display.ts';
import { exitCodes } from './exit-codes.ts';
import { type AddCommand, buildProgram } from './program.ts';
import { systemTerminal } from './terminal.ts';

const terminal = systemTerminal(process.argv.slice(2));

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const message = error instanceof Error ? error.message : String(error);
  // The operator may see internal causes that API callers may not see.
  const inside =
    error instanceof HalleyError && error.log !== undefined && error.log !== message ? ` (${error.log})` : '';
  for (const line of `halley: ${redactText(message + inside)}`.split('\n')) terminal.warn(visible(line));
  // CliError and SettingsError carry an exit code. Checking for the property avoids importing SettingsError.
  const own = error instanceof Error && 'exitCode' in error ? error.exitCode : undefined;
  return typeof own === 'number' ? own : exitCodes.failure;
}

/** A gateway runs for long and would hold the others in memory. The check of its health runs twice a minute. */
async function commandsFor(name: string | undefined): Promise<readonly AddCommand[]> {
  if (name === 'serve') return [(await import('./commands/serve.ts')).addServe];
  if (name === 'health') return [(await import('./commands/health.ts')).addHealth];
  return (await import('./all-commands.ts')).allCommands;
}

try {
  const context: Context = {
    terminal,
    clock: systemClock,
    random: systemRandom,
    setExitCode: (code) => {
      process.exitCode = code;
    },
  };
  await buildProgram(context, await commandsFor(process.argv[2])).parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
