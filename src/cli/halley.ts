/** Entry point of the command line: runs one command and ends with the exit code of its kind. */
import { CommanderError } from 'commander';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import { SettingsError } from '../platform/settings/load.ts';
import { visible } from './display.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { buildProgram } from './program.ts';
import { systemTerminal } from './terminal.ts';

const terminal = systemTerminal();

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof SettingsError) {
    terminal.warn(`halley: ${error.message}`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  terminal.warn(`halley: ${visible(message)}`);
  return error instanceof CliError ? error.exitCode : exitCodes.failure;
}

try {
  await buildProgram({
    terminal,
    clock: systemClock,
    random: systemRandom,
    setExitCode: (code) => {
      process.exitCode = code;
    },
  }).parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
