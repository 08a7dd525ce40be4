/** Builds the whole command line as a value: halley.ts runs it, and docs/reference/cli.md is generated from it. */
import { Command } from 'commander';
import { version } from '../platform/version.ts';
import type { Context } from './context.ts';
import { CliError, exitCodeMeanings, usageError } from './exit-codes.ts';
import { wrapped } from './layout.ts';

const environment: readonly (readonly [string, string])[] = [
  ['HALLEY_URL', 'address of the gateway'],
  ['HALLEY_PROFILE', 'profile that `halley login` stored; it takes precedence over the two below'],
  ['HALLEY_TOKEN', 'personal access token'],
  ['HALLEY_TOKEN_FILE', 'file that contains it (mode 600); default ~/.config/halley/token'],
  ['HALLEY_CONFIG', 'file with settings'],
  ['NO_COLOR', 'disables colours when set'],
  ['XDG_CONFIG_HOME', 'directory of halley/profiles.json and halley/token; default ~/.config'],
];

/** Formats names and their meanings in lines short enough for any terminal. */
const rows = (pairs: readonly (readonly [string | number, string])[]): string =>
  pairs
    .flatMap(([name, text]) =>
      wrapped(text, 57).map((line, index) => `  ${String(index === 0 ? name : '').padEnd(18)} ${line}`),
    )
    .join('\n');

/** Prefixes value errors with the option or argument that they belong to. */
function nameValues(command: Command): void {
  for (const option of command.options) {
    if (option.parseArg) option.parseArg = named(option.parseArg, option.long ?? option.flags);
  }
  for (const argument of command.registeredArguments) {
    if (argument.parseArg) argument.parseArg = named(argument.parseArg, `<${argument.name()}>`);
  }
  command.commands.forEach(nameValues);
}

type Parse = <Value>(value: string, previous: Value) => Value;

function named(parse: Parse, name: string): Parse {
  return (value, previous) => {
    try {
      return parse(value, previous);
    } catch (error) {
      if (error instanceof CliError) throw new CliError(error.exitCode, `${name}: ${error.message}`);
      throw error;
    }
  };
}

/** Makes `halley help keys create` equivalent to `halley keys create --help`. */
function addHelp(program: Command): void {
  program
    .helpCommand(false)
    .command('help [command...]')
    .description('show how a command is used: halley help keys create')
    .action((names: string[]) => {
      let command = program;
      for (const name of names) {
        const next = command.commands.find((each) => each.name() === name || each.aliases().includes(name));
        if (!next) throw usageError(`There is no command "${names.join(' ')}". See: halley help`);
        command = next;
      }
      command.help();
    });
}

/** Adds one command or several. */
export type AddCommand = (program: Command, context: Context) => void;

/**
 * Throws every failure: a CommanderError, a CliError or a SettingsError.
 * @param commands all of `allCommands`, or the one that is to run
 */
export function buildProgram(context: Context, commands: readonly AddCommand[]): Command {
  const program = new Command('halley')
    .description(
      'A self-hosted AI-model gateway whose deleted keys are dead the moment the deletion is confirmed.',
    )
    .version(version, '--version', 'show the version')
    .option('--no-color', 'disable colours; allowed after any command')
    .helpOption('-h, --help', 'show how it is used')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'halley: ')) })
    .showHelpAfterError('Add --help to see how it is used.')
    .addHelpText('after', `\nEnvironment:\n${rows(environment)}\n\nExit codes:\n${rows(exitCodeMeanings)}`);
  for (const add of commands) add(program, context);
  addHelp(program);
  nameValues(program);
  return program;
}
